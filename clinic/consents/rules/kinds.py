"""The kinds of consent: for how long each counts, who may take it, and what it must name.

Sources: WAC 246-830-565 of Washington (consent to treatment kept on file, renewed each year),
WAC 246-830-555 (breast massage: consent in writing and 16 hours of training), the College of
Massage Therapists of Ontario, "Information for RMT clients" (sensitive areas: in writing, for
each treatment), 45 CFR 164.508 of the United States (sharing: to whom, what, for what, until
when, signed). Twelve months for sharing and for a guardian's signature are this clinic's own.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from clinic.core.words import Words, say

YEAR, DAY, SERIES, STANDING, REPLACED = "year", "day", "series", "standing", "replaced"

LASTS = {
    YEAR: say("12 months"),
    DAY: say("that day only"),
    SERIES: say("the series, until it ends or is withdrawn"),
    STANDING: say("until withdrawn"),
    REPLACED: say("until a newer one replaces it"),
}
"""For how long a consent counts, in words."""

GROUPS = {
    "treatment": say("Treatment"),
    "care": say("Particular areas and kinds of treatment"),
    "sharing": say("Sharing with others"),
    "messages": say("Messages"),
    "apart": say("Asked for by itself"),
    "house": say("How the clinic works"),
}

PURPOSES = {
    "care": say("working together on care"),
    "safety": say("asking whether massage is safe"),
    "progress": say("reporting on progress"),
    "referral": say("passing care on to somebody else"),
    "payment": say("payment by an insurer or another payer"),
    "family": say("keeping family informed"),
}
"""What something may be shared for."""

DATA = {
    "visits": say("dates of visits"),
    "plan": say("treatment plan"),
    "measures": say("measures of progress"),
    "notes": say("session notes"),
    "history": say("health history"),
    "events": say("what went wrong with a treatment"),
    "bills": say("bills and payments"),
}
"""Kinds of data that may be shared."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of consent.

    ``asks`` names what it must say besides its words: areas, reason, provider, whom, purposes,
    data. A clinical one is taken and read only by who treats the client. A written one is never
    taken by word alone. ``qualification`` is what the person who takes it must hold.
    """

    code: str
    name: Words
    group: str
    lasts: str
    asks: tuple[str, ...] = ()
    is_clinical: bool = False
    is_written: bool = False
    is_off_by_default: bool = False
    is_guardians: bool = False
    qualification: str = ""

    @property
    def may_end_early(self) -> bool:
        """Whether whoever gives it may name its last day."""
        return self.lasts in (SERIES, STANDING) or self.group == "sharing"


_WITH_WHOM = ("whom", "purposes", "data")
_ALL = (
    Kind("TREATMENT", say("Treatment"), "treatment", YEAR),
    Kind(
        "MINOR_GUARDIAN",
        say("Treatment of a minor, by a guardian"),
        "treatment",
        YEAR,
        is_written=True,
        is_guardians=True,
    ),
    Kind(
        "SENSITIVE_AREA",
        say("Sensitive areas"),
        "care",
        DAY,
        ("areas", "reason"),
        is_clinical=True,
        is_written=True,
    ),
    Kind("DRAPING_CHANGE", say("Other draping"), "care", DAY, ("reason",), is_clinical=True),
    Kind(
        "BREAST",
        say("Breast massage"),
        "care",
        SERIES,
        ("reason",),
        is_clinical=True,
        is_written=True,
        is_off_by_default=True,
        qualification="BREAST_16H",
    ),
    Kind(
        "GLUTEAL_CLEFT",
        say("Work in the gluteal cleft"),
        "care",
        SERIES,
        ("reason",),
        is_clinical=True,
        is_written=True,
        is_off_by_default=True,
    ),
    Kind(
        "INTRA_ORAL",
        say("Work inside the mouth"),
        "care",
        SERIES,
        ("reason",),
        is_clinical=True,
        is_written=True,
    ),
    Kind("PRENATAL_ACK", say("Massage in pregnancy"), "care", SERIES, is_clinical=True),
    Kind("ONCOLOGY_ACK", say("Massage with or after cancer"), "care", SERIES, is_clinical=True),
    Kind(
        "SHARE_PROVIDER",
        say("Sharing with a provider"),
        "sharing",
        YEAR,
        ("provider", "purposes", "data"),
        is_written=True,
    ),
    Kind("SHARE_PAYER", say("Sharing with a payer"), "sharing", YEAR, _WITH_WHOM, is_written=True),
    Kind("SHARE_FAMILY", say("Sharing with family"), "sharing", YEAR, _WITH_WHOM),
    Kind("SMS", say("Text messages"), "messages", STANDING),
    Kind("EMAIL", say("E-mail"), "messages", STANDING),
    Kind("MARKETING", say("News and offers"), "apart", STANDING),
    Kind("PHOTO", say("Photographs"), "apart", STANDING, is_written=True),
    Kind("RESEARCH", say("Research"), "apart", STANDING, is_written=True),
    Kind("CANCELLATION_POLICY", say("Cancellation policy"), "house", REPLACED),
    Kind("PRIVACY_NOTICE", say("Privacy notice"), "house", REPLACED),
    Kind("CARD_ON_FILE", say("Card on file"), "house", REPLACED),
)

KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}
"""Every kind by its code, in the order in which they are shown."""

SHARES = frozenset(code for code, kind in KINDS.items() if kind.group == "sharing")
"""Those that each stand for one other party: one with another takes none away."""


def a_year_on(given_on: date) -> date:
    """The last day of twelve months that begin on a day: 10 March to 9 March."""
    if (given_on.month, given_on.day) == (2, 29):
        return date(given_on.year + 1, 2, 28)
    return given_on.replace(year=given_on.year + 1) - timedelta(days=1)


def last_day(kind: Kind, given_on: date, until: date | None = None) -> date | None:
    """The last day on which a consent counts; None while nobody withdraws or replaces it.

    ``until`` may end it earlier than its kind would, never later.
    """
    longest = {DAY: given_on, YEAR: a_year_on(given_on)}.get(kind.lasts)
    ends = [day for day in (longest, until) if day is not None]
    return min(ends) if ends else None
