"""What a client's visit would count against on a day, as the pages of booking show it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from clinic.referrals.models import Authorisation
from clinic.referrals.rules import Counts, Window, window_of
from clinic.scheduling.queries.counts import counted
from clinic.scheduling.queries.series import allowed_to


@dataclass(frozen=True, slots=True)
class Given:
    """An authorisation that holds on a day, and what is used and booked of it; ``others`` are
    what is open and does not hold then, where nothing does, each with how long it lasts."""

    on: date | None = None
    authorisation: Authorisation | None = None
    counts: Counts = field(default_factory=Counts)
    others: Sequence[tuple[Authorisation, Window]] = ()

    @property
    def left(self) -> int:
        """Visits that the authorisation still allows."""
        return max(self.authorisation.visits - self.counts.taken, 0) if self.authorisation else 0

    @property
    def window(self) -> Window | None:
        """From when until when the authorisation lasts, as far as that can be told."""
        return window_of(self.authorisation) if self.authorisation else None


def given_on(person_id: int, on: date) -> Given:
    """The earliest authorisation with a visit left, of those that hold on the day; the earliest
    of them where none has one. It is the one that booking takes."""
    every = [(one, window_of(one)) for one in allowed_to(person_id)]
    allowed = [one for one, window in every if window.holds(on)]
    if not allowed:
        return Given(on, others=every)
    counts = counted([one.id for one in allowed])
    found = next((one for one in allowed if counts[one.id].taken < one.visits), allowed[0])
    return Given(on, found, counts[found.id])
