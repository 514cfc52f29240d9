"""Orders and what they allow: how many visits, for how long, and what payers ask for."""

from clinic.referrals.rules.lacking import LACKING, Order, lacks, say_lack
from clinic.referrals.rules.payers import (
    PRESETS,
    Due,
    Preset,
    Reporting,
    asks_for_reports,
    next_renewal,
    next_report,
    renewal_due,
    report_due,
)
from clinic.referrals.rules.standing import (
    FEW,
    MINUTES,
    SOON,
    VISITS_MAX,
    Allowance,
    Counts,
    Standing,
    State,
    is_expired,
    is_valid,
    last_day,
    left,
    number_of,
    over,
    standing,
    state_of,
)
from clinic.referrals.rules.windows import (
    BASES,
    COUNTED,
    DAYS_MAX,
    Lasting,
    Window,
    last_day_of,
    until_of,
    window_from,
    window_of,
)

__all__ = [
    "BASES", "COUNTED", "DAYS_MAX", "FEW", "LACKING", "MINUTES", "PRESETS", "SOON", "VISITS_MAX",
    "Allowance", "Counts", "Due", "Lasting", "Order", "Preset", "Reporting", "Standing", "State",
    "Window", "asks_for_reports", "is_expired", "is_valid", "lacks", "last_day", "last_day_of",
    "left", "next_renewal", "next_report", "number_of", "over", "renewal_due", "report_due",
    "say_lack", "standing", "state_of", "until_of", "window_from", "window_of",
]  # fmt: skip
