"""What must be in order before a session begins: each by a name, with what to do about it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from clinic.core.words import Words, say
from clinic.health.rules.screening import Verdict
from clinic.scheduling.rules.admission import LICENCE

COVER = "LIABILITY_INS"
"""The insurance cover, where the service asks for it."""
BY_REASON = frozenset({"reviewed", "check"})
"""What a therapist may begin without, saying why."""
AGE = "age"
"""Who is a minor needs a guardian; somebody of unknown age may be one."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is asked; ``words`` say what is wrong and ``step`` what to do then.

    ``page`` is where that is done: health, intake, check, consents, record, or precautions of the
    order that ``about`` names; "" is nowhere.
    """

    code: str
    is_met: bool
    words: Words
    step: Words
    page: str = ""
    about: str = ""

    @property
    def may_override(self) -> bool:
        """Whether a therapist may begin all the same, saying why."""
        return self.code in BY_REASON

    @property
    def may_be_said(self) -> bool:
        """Whether a therapist's word settles it: that the client is an adult."""
        return self.code == AGE


@dataclass(frozen=True, slots=True)
class Careful:
    """An order that asks to be careful with something, by its public id and its number, and
    whether a therapist has confirmed that."""

    order: str
    number: str
    is_confirmed: bool


def path_to(check: Check, client_id: str, on: date, back: str) -> str:
    """Where something is done about it, below the root; "" where that is nowhere.

    ``back`` is the path of the page from which somebody goes there.
    """
    client = f"/clients/{client_id}"
    return {
        "health": f"{client}/health",
        "intake": f"{client}/intake",
        "check": f"{client}/check?{urlencode({'on': on.isoformat(), 'back': back})}",
        "consents": f"{client}/consents",
        "record": f"{client}/edit",
        "precautions": f"/referrals/{check.about}/steps/precautions?{urlencode({'back': back})}",
    }.get(check.page, "")


def checks(
    verdict: Verdict,
    *,
    missing: Collection[str],
    held: Collection[str],
    needed: Collection[str],
    name: str,
    on: date,
    is_age_known: bool = True,
    careful: Careful | None = None,
) -> tuple[Check, ...]:
    """All that is asked, in the order in which it is said.

    ``missing`` are kinds of consent, ``held`` and ``needed`` the therapist's qualifications.
    ``is_age_known`` says that it is known whether a guardian has to agree, or that one did.
    ``careful`` is the visit's own order, or another open one of the client, where it asks to be
    careful with something.
    """
    asks = verdict.asks if verdict.is_checked else verdict.asks_ahead
    has_form = verdict.form == "ok"
    asked: tuple[Check, ...] = (
        Check(
            "licence", LICENCE in held,
            say("{name} has no valid licence on {day}.", name=name, day=on),
            say("Somebody else can treat, or the owner enters the new licence."),
        ),
        Check(
            "cover", COVER not in needed or COVER in held,
            say("{name} has no valid insurance cover on {day}.", name=name, day=on),
            say("Somebody else can treat, or the owner enters the new cover."),
        ),
        Check(
            "stop", not verdict.is_stopped,
            say("The screening says not to treat today."),
            say("Show on the health page that it does not apply, or let the client go home."),
            "health",
        ),
        Check(
            "hold", not verdict.is_held,
            say("A provider has to be asked before this session."),
            say("Write down on the health page what the provider said."),
            "health",
        ),
        Check(
            "form", verdict.form != "missing",
            say("There is no health form yet."),
            say("Fill it in with the client first."),
            "intake",
        ),
        Check(
            "due", verdict.form != "due",
            say("The health form is due again."),
            say("Go through it with the client first."),
            "intake",
        ),
        Check(
            "reviewed", not has_form or verdict.is_reviewed,
            say("Nobody has reviewed the health form yet."),
            say("Review it, or say why you begin without."),
            "health",
        ),
        Check(
            "check", verdict.is_checked,
            say("The questions of the day have not been asked."),
            say("Ask them, or say why you begin without."),
            "check",
        ),
        Check(
            "ask", not (has_form and asks),
            say("Something has to be asked before this session."),
            say("Answer the open questions on the health page."),
            "health",
        ),
        Check(
            AGE, is_age_known,
            say("We do not know the birth date."),
            say("Enter it, or say that the client is an adult."),
            "record",
        ),
        Check(
            "consent", "TREATMENT" not in missing,
            say("There is no valid consent to treatment."),
            say("Take it before you begin."),
            "consents",
        ),
        Check(
            "guardian", "MINOR_GUARDIAN" not in missing,
            say("A guardian has not agreed to the treatment."),
            say("Ask the guardian before you begin."),
            "consents",
        ),
    )  # fmt: skip
    if careful is not None:
        asked = (*asked, _precautions(careful))
    # Whether a guardian is needed is not told before the age is.
    return tuple(one for one in asked if is_age_known or one.code != "guardian")


def _precautions(careful: Careful) -> Check:
    return Check(
        "precautions", careful.is_confirmed,
        say("Nobody has confirmed the precautions of {number} yet.", number=careful.number),
        say("Read them, and set the limits that follow."),
        "precautions", careful.order,
    )  # fmt: skip
