"""Which letters may go to somebody else as well, and whether the payer asks for them."""

from clinic.coordination.queries.cases import case_about
from clinic.coordination.rules.reports import LETTERS
from clinic.letters.models import Letter

COPIED = ("approved", "sent", "delivered")
"""States of a letter that says what it says."""


def is_a_report(letter: Letter) -> bool:
    """Whether it is a report about a referral that came in, approved or sent."""
    is_report = letter.direction == "out" and letter.kind in LETTERS.values()
    return is_report and letter.status in COPIED and case_about(letter.about) is not None


def payers_of(letter: Letter) -> list[str]:
    """The payers of the referral that ask for reports themselves, by their rules."""
    case = case_about(letter.about)
    if case is None:
        return []
    found = [
        one.payer or one.report_rule.payer
        for one in case.referral.authorisations
        if one.report_rule is not None
    ]
    return list(dict.fromkeys(name for name in found if name))
