"""Orders that reach the demonstration clinic, and how far each has come."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from flask import current_app

from clinic.cli.invented import ARRIVALS
from clinic.cli.opening import Cast, acknowledge
from clinic.coordination.models import ReferralCase
from clinic.coordination.services import inbound
from clinic.core.clock import local_day, now
from clinic.messages.services import Folder, run
from clinic.practice.queries import the_practice
from clinic.referrals.services import authorise

Happening = tuple[datetime, Callable[[], object]]
_DAY = timedelta(days=1)


def deeds(cast: Cast, present: datetime) -> Iterator[Happening]:
    """Each order as it comes, and what is done about it on the days that follow."""
    for client, provider, ago, visits, reason, done in ARRIVALS:
        came: list[ReferralCase] = []
        at = present - ago * _DAY
        yield at, partial(_receive, cast, came, client, provider, visits, reason)
        for step, name in enumerate(done, 1):
            yield at + step * _DAY * 0.9, partial(_DEEDS[name], cast, came)


def _receive(
    cast: Cast, came: list[ReferralCase], client: int, provider: int, visits: int, reason: str
) -> None:
    sender = cast.providers[provider]
    on = local_day(now(), the_practice().zone)
    case = inbound.receive(
        actor=cast.desk, client=cast.clients[client], provider=sender, received_on=on,
        organisation=sender.places[0].organisation, received_via="fax", reason=reason,
        ordered_on=on, is_signed=bool(visits),
    )  # fmt: skip
    if visits:
        authorise(
            case.referral, actor=cast.desk, visits=visits, valid_from=on,
            valid_until=on + 90 * _DAY,
        )  # fmt: skip
    came.append(case)


def _accept(cast: Cast, came: list[ReferralCase], channel: str = "print") -> None:
    inbound.accept(came[0], actor=cast.owner)
    acknowledge(came[0], cast.desk, channel)


def empty_outbox() -> None:
    """What waits is sent, to nobody: it is kept in a folder, whatever mail server is set."""
    run(transport=Folder(current_app.config["DATA_DIR"] / "outbox-sink"))


def _try(cast: Cast, came: list[ReferralCase]) -> None:
    inbound.log_attempt(came[0], actor=cast.desk, channel="phone", result="no_answer")


def _ask(cast: Cast, came: list[ReferralCase]) -> None:
    inbound.found_incomplete(came[0], actor=cast.desk, missing=["signature", "ordered_on"])


def _hold(cast: Cast, came: list[ReferralCase]) -> None:
    on = local_day(now(), the_practice().zone) + 10 * _DAY
    inbound.hold(came[0], actor=cast.owner, why="away", review_on=on)


def _decline(cast: Cast, came: list[ReferralCase]) -> None:
    inbound.decline(came[0], actor=cast.owner, code="no_capacity")


def _cancel(cast: Cast, came: list[ReferralCase]) -> None:
    inbound.ask_to_cancel(came[0], actor=cast.desk, code="by_provider")


_DEEDS: dict[str, Callable[[Cast, list[ReferralCase]], object]] = {
    "accept": _accept,
    "mail": partial(_accept, channel="email"),
    "try": _try,
    "incomplete": _ask,
    "hold": _hold,
    "decline": _decline,
    "cancel": _cancel,
}
