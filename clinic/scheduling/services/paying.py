"""The client pays, though an order still stands: asked for once, and kept with the visit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from clinic.clients.models import Client
from clinic.core.clock import local_day, now
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice
from clinic.referrals.models import Authorisation
from clinic.scheduling.models import Visit
from clinic.scheduling.queries.facts import Facts
from clinic.scheduling.queries.self_pay import spent_on
from clinic.scheduling.services.gate import NotAdmitted


@dataclass(frozen=True, slots=True)
class Asked:
    """A client (by public id) who has to agree to pay for a day, and the numbers they are told."""

    client_id: str
    on: date
    words: Words


class NotAgreed(NotAdmitted):
    """Of many visits, those whose clients have to agree first: ``asked`` names every one."""

    def __init__(self, asked: tuple[Asked, ...]) -> None:
        words = asked[0].words
        for one in asked[1:]:
            words = say("{first} {rest}", first=words, rest=one.words)
        super().__init__(say("{why} Nothing was changed.", why=words), field="self_pay")
        self.asked = asked


class Asking:
    """Who of many has to agree to pay, so that all are named before anybody's answer counts.

    A visit that was refused for it is gone past: what follows is tried as if it stood, and
    ``settle`` refuses everything in the end.
    """

    def __init__(self) -> None:
        self._asked: list[Asked] = []

    @contextmanager
    def of(self, client: Client, starts_at: datetime) -> Iterator[None]:
        """Do one of them here."""
        try:
            yield
        except NotAdmitted as error:
            if error.field != "self_pay":
                raise
            on = local_day(starts_at, the_practice().zone)
            said = say("{name}: {why}", name=client.name, why=error.words)
            self._asked.append(Asked(client.public_id, on, said))

    def settle(self) -> None:
        """Raises NotAgreed where somebody has to agree first."""
        if self._asked:
            raise NotAgreed(tuple(self._asked))


def agreed_to_pay(
    facts: Facts, authorisation: Authorisation | None, on: date, *, self_pay: bool
) -> datetime | None:
    """When the client agreed to pay for a visit that no authorisation of theirs bears any more;
    None where nothing had to be asked. Raises NotAdmitted with the numbers until they have."""
    if authorisation is not None or not facts.is_referred:
        return None
    return asked_of(facts.person_id, on, self_pay=self_pay)


def asked_of(person_id: int, on: date, *, self_pay: bool) -> datetime | None:
    """The same for a visit that counts against nothing, of somebody who may have an order."""
    spent = spent_on(person_id, on)
    if spent is None:
        return None
    if not self_pay:
        raise NotAdmitted(spent.said(on), field="self_pay")
    return now()


def agreed_anew(visit: Visit, facts: Facts, *, self_pay: bool) -> datetime | None:
    """The same for a visit that has moved to another day: who agreed once is not asked again.

    Raises NotAdmitted.
    """
    if visit.self_pay_agreed_at is not None:
        return visit.self_pay_agreed_at
    return agreed_to_pay(facts, visit.authorisation, visit.on_date, self_pay=self_pay)
