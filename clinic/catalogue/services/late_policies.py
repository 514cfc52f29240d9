"""What a late cancel and a missed visit cost: written by the owner, one of them the default."""

from typing import Any

from sqlalchemy import select

from clinic.catalogue.models import LatePolicy
from clinic.catalogue.queries.needs import services_naming
from clinic.catalogue.rules import CUT_OFF, PER_CENT
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError
from clinic.core.guard import verb
from clinic.core.money import MOST_MINOR
from clinic.core.permissions import Actor, Permission
from clinic.core.transactions import Lock, lock
from clinic.core.words import say

SHOWN = ("name", "cut_off_hours", "late_kind", "late_value", "no_show_kind", "no_show_value")


@verb(Permission.CATALOGUE_WRITE)
def write_late_policy(
    *,
    actor: Actor,
    name: str,
    cut_off_hours: int,
    late_kind: str = "none",
    late_value: int = 0,
    no_show_kind: str = "none",
    no_show_value: int = 0,
) -> LatePolicy:
    """Write down what a cancel within ``cut_off_hours`` of the visit costs, and a missed visit.

    A value is a percentage of the price, or an amount in minor units, as its kind says.
    The first policy is the default. Raises DomainError, Conflict for a name that is taken.
    """
    _check_name(name)
    policy = LatePolicy(is_default=_is_first())
    _state(policy, name, cut_off_hours, (late_kind, late_value), (no_show_kind, no_show_value))
    db.session.add(policy)
    return policy


@verb(Permission.CATALOGUE_WRITE)
def amend_late_policy(
    policy: LatePolicy,
    *,
    actor: Actor,
    name: str,
    cut_off_hours: int,
    late_kind: str,
    late_value: int,
    no_show_kind: str,
    no_show_value: int,
    version: int | None = None,
) -> None:
    """Change a policy; visits already booked keep what was agreed."""
    policy.expect(version, *SHOWN)
    if name != policy.name:
        _check_name(name)
    _state(policy, name, cut_off_hours, (late_kind, late_value), (no_show_kind, no_show_value))


@verb(Permission.CATALOGUE_WRITE)
def make_default(policy: LatePolicy, *, actor: Actor) -> None:
    """Let it count for every service that names none; the one before it no longer does."""
    lock(Lock.HOUSE, 0)  # two owners may be choosing at once
    if not policy.is_active:
        raise Conflict(say("This policy was given up. Take it up again first."))
    others = select(LatePolicy).where(LatePolicy.is_default, LatePolicy.id != policy.id)
    for other in db.session.scalars(others):
        other.is_default = False
    db.session.flush()  # two defaults never stand, not even for a moment
    policy.is_default = True


@verb(Permission.CATALOGUE_WRITE)
def retire_late_policy(policy: LatePolicy, *, actor: Actor) -> None:
    """Use it for nothing new. Refused for the default, and while services name it."""
    if policy.is_default:
        raise Conflict(say("This is the default. Make another policy the default first."))
    named = services_naming(policy)
    if named:
        raise Conflict(
            say("These services use it: {names}. Give them another first.", names=", ".join(named))
        )
    policy.is_active = False


@verb(Permission.CATALOGUE_WRITE)
def restore_late_policy(policy: LatePolicy, *, actor: Actor) -> None:
    """Take it up again."""
    policy.is_active = True


def _is_first() -> bool:
    lock(Lock.HOUSE, 0)  # of two who write the first one, one makes the default
    return db.session.scalar(select(LatePolicy.id).where(LatePolicy.is_default)) is None


def _state(
    policy: LatePolicy, name: str, hours: int, late: tuple[str, int], missed: tuple[str, int]
) -> None:
    low, high = CUT_OFF
    if not low <= hours <= high:
        raise DomainError(
            say("Enter a whole number from {low} to {high}.", low=low, high=high),
            field="cut_off_hours",
        )
    policy.name, policy.cut_off_hours = name.strip(), hours
    policy.late_kind, policy.late_value = _fee("late", *late)
    policy.no_show_kind, policy.no_show_value = _fee("no_show", *missed)


def _fee(what: str, kind: str, value: int) -> tuple[str, int]:
    if kind not in LatePolicy.FEES:
        raise DomainError(say("Choose one of these."), field=f"{what}_kind")
    if kind == "none":
        return kind, 0
    if kind == "percent" and not 0 <= value <= PER_CENT:
        raise DomainError(say("Enter a percentage from 0 to 100."), field=f"{what}_value")
    if not 0 <= value <= MOST_MINOR:
        raise DomainError(
            say("Enter an amount that is not negative or too large."), field=f"{what}_value"
        )
    return kind, value


def _check_name(name: str) -> None:
    if not name.strip():
        raise DomainError(say("Enter a name."), field="name")
    same: Any = select(LatePolicy.id).where(LatePolicy.name == name.strip())
    if db.session.scalar(same) is not None:
        raise Conflict(say("There is a policy with this name already."), field="name")
