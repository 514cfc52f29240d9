"""The kinds of letters: what each is called, and what it needs before it may leave.

Source of the exception: acknowledgement, missing information and decline repeat to a sender only
the name and the number which that sender gave, as long as nobody adds words of their own; every
other kind says that somebody is treated
here, and asks for the client's consent to share with that provider (45 CFR 164.508 of the United
States asks to whom, what, for what, and until when).
"""

from dataclasses import dataclass

from clinic.core.words import Words, say


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of letter.

    ``desk_name`` says no more than that a letter exists: it is shown to who may not read it.
    ``needs`` are codes of ``consents.rules.DATA``, ``purpose`` one of its PURPOSES: without a
    consent that covers them nothing leaves. A clinical one is approved by who treats the client.
    ``answer_days`` is how many days after sending an answer is due; None expects none.
    """

    code: str
    name: Words
    desk_name: Words
    needs: frozenset[str] = frozenset()
    purpose: str = ""
    is_clinical: bool = True
    answer_days: int | None = None

    @property
    def is_bare(self) -> bool:
        """Whether its ready-made words repeat only what its receiver wrote to us."""
        return not self.needs


OWN_WORDS = frozenset({"notes"}), "care"
"""What somebody's own words share, and what for, in a kind that asks for nothing otherwise."""
_LETTER, _REPORT = say("Letter to a provider"), say("Report to a provider")
_COURSE = frozenset({"visits", "plan", "measures"})

_ALL = (
    Kind(
        "acknowledgement",
        say("Acknowledgement"),
        say("Acknowledgement"),
        is_clinical=False,
    ),
    Kind(
        "missing_information",
        say("Missing information"),
        say("Question about an order"),
        is_clinical=False,
        answer_days=5,
    ),
    Kind("decline", say("Decline"), say("Answer to an order"), is_clinical=False),
    Kind(
        "unreachable",
        say("Client not reached, or visits missed"),
        say("Client not reached, or visits missed"),
        frozenset({"visits"}),
        "care",
        is_clinical=False,
    ),
    Kind("first_visit", say("First-visit note"), _REPORT, _COURSE, "progress"),
    Kind("progress", say("Progress report"), _REPORT, _COURSE, "progress"),
    Kind("renewal", say("Renewal request"), _REPORT, _COURSE, "progress", answer_days=5),
    Kind("discharge", say("Discharge report"), _REPORT, _COURSE, "progress"),
    Kind(
        "outbound",
        say("Referral to another provider"),
        _LETTER,
        frozenset({"visits", "notes", "history"}),
        "referral",
        answer_days=14,
    ),
    Kind(
        "clearance",
        say("Clearance request"),
        _LETTER,
        frozenset({"visits", "history"}),
        "safety",
        answer_days=14,
    ),
    Kind(
        "closing",
        say("Closing letter"),
        _LETTER,
        frozenset({"visits"}),
        "care",
        is_clinical=False,
    ),
    Kind("reply", say("Reply"), _LETTER, frozenset({"notes"}), "care"),
    Kind("other", say("Other letter"), _LETTER, frozenset({"notes"}), "care"),
)

KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}
"""Every kind by its code, in the order in which they are offered."""
