"""What can be done with a referral that came in, by whom it is asked: each is one button."""

from dataclasses import dataclass

from clinic.clients.queries import may_read_health
from clinic.coordination.models import ReferralCase
from clinic.coordination.rules.inbound import ENDS, LIVE, UNDER_WAY, may_go
from clinic.core.permissions import Actor, Permission, Role
from clinic.core.words import Words, say

DISCHARGED_FROM = ("in_treatment", "renewal_requested", "expired")


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be done now; ``is_main`` is what the state waits for."""

    code: str
    name: Words
    glyph: str
    is_main: bool = False


DEEDS: dict[str, tuple[Words, str]] = {
    "accept": (say("Accept"), "check"),
    "incomplete": (say("Something is missing"), "list-details"),
    "attempt": (say("Log an attempt"), "phone"),
    "give_up": (say("Not reached"), "user-x"),
    "precautions": (say("Confirm precautions"), "stethoscope"),
    "resume": (say("Resume"), "player-play"),
    "confirm_cancel": (say("Confirm the cancellation"), "check"),
    "discharge": (say("Discharge"), "flag"),
    "close": (say("Close"), "archive"),
    "plan": (say("Change the next step"), "calendar-plus"),
    "hold": (say("Put on hold"), "hourglass"),
    "decline": (say("Decline"), "x"),
    "cancel": (say("Cancel"), "x"),
    "mistake": (say("Logged by mistake"), "trash"),
}
"""In the order in which they are shown."""
MAIN = {
    "received": "accept",
    "incomplete": "accept",
    "accepted": "attempt",
    "contacting": "attempt",
    "missed_first": "attempt",
    "on_hold": "resume",
    "cancel_requested": "confirm_cancel",
    "expired": "discharge",
    "completed": "close",
}
_TO = {
    "accept": "accepted",
    "incomplete": "incomplete",
    "give_up": "not_reached",
    "hold": "on_hold",
    "decline": "declined",
    "cancel": "cancel_requested",
    "mistake": "entered_in_error",
    "close": "closed",
}
"""Deeds that are possible wherever their state can be reached."""
_FROM = {
    "resume": ("on_hold",),
    "confirm_cancel": ("cancel_requested",),
    "discharge": DISCHARGED_FROM,
    "attempt": UNDER_WAY,
    "precautions": LIVE,
}
"""Deeds of some states alone."""
_CLINICAL = ("discharge", "precautions")


def actions_of(case: ReferralCase, actor: Actor) -> list[Deed]:
    """Everything that this person can do with it now, and nothing else."""
    if not actor.may(Permission.REFERRALS_WRITE) or case.status in ENDS:
        return []
    main = (
        "decline"
        if (case.status, case.next_action) == ("contacting", "decide")
        else MAIN.get(case.status, "")
    )
    return [
        Deed(code, name, glyph, code == main)
        for code, (name, glyph) in DEEDS.items()
        if _is_possible(code, case) and _may(code, case, actor)
    ]


def is_possible(code: str, case: ReferralCase, actor: Actor) -> bool:
    """Whether this deed is among them."""
    return any(deed.code == code for deed in actions_of(case, actor))


def may_do(code: str, case: ReferralCase, actor: Actor) -> bool:
    """The same, and besides: precautions are confirmed wherever a visit that stands may need it,
    also when the referral has ended, though no button asks for it there."""
    if code == "precautions" and case.status in ENDS:
        may = actor.may(Permission.REFERRALS_WRITE) and _may(code, case, actor)
        return may and case.precautions_at is None
    return is_possible(code, case, actor)


def may_discharge(case: ReferralCase, actor: Actor) -> bool:
    """Whether this therapist is the one to say that the treatment is over: who treats the client,
    or looks after the referral; anybody who treats here, where nobody has begun."""
    is_own = actor.is_system or actor.id == case.owner_id or case.first_visit_on is None
    return is_own or may_read_health(actor, case.referral.client_id)


def _is_possible(code: str, case: ReferralCase) -> bool:
    if code in _TO:
        return may_go(case.status, _TO[code])
    if code == "precautions" and case.precautions_at is not None:
        return False
    return case.status in _FROM.get(code, (case.status,))


def _may(code: str, case: ReferralCase, actor: Actor) -> bool:
    if code == "precautions" and not may_read_health(actor, case.referral.client_id):
        return False
    if code == "discharge" and not may_discharge(case, actor):
        return False
    if code in _CLINICAL:
        return actor.may(Permission.CLINICAL_DECIDE)
    if code == "accept":
        return actor.is_system or bool({Role.OWNER, Role.THERAPIST} & actor.roles)
    return True
