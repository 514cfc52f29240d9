"""What is asked of referral coordination."""

from clinic.coordination.queries.cases import (
    attempts_of,
    case_of,
    reports_of,
    steps_of,
    the_case,
)

__all__ = ["attempts_of", "case_of", "reports_of", "steps_of", "the_case"]
