"""One of everything that the schedule has besides visits, for whoever sends odd things."""

from datetime import timedelta
from typing import Any

from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.queries.changes import latest_change
from clinic.scheduling.rules.series import Phase
from clinic.scheduling.services import waiting
from clinic.scheduling.services.feeds import open_feed
from clinic.scheduling.services.groups import Member, book_together
from clinic.timetable import services as timetable
from tests.factories import scheduling as made
from tests.factories.clients import a_client


def put_things(house: made.House) -> dict[str, Any]:
    """A plan, a couple, two who wait and an offer, a kept time, a calendar, time off, a change
    and a missed visit; by what their ids are called in addresses."""
    visit = made.book(house, made.at(9, days=3))
    made.done(services.cancel, visit, house.desk)
    other = made.a_therapist("Ines Okafor")
    made.a_room_for_two()
    pair = [
        Member(a_client("Omar Haddad"), house.variant, house.therapist),
        Member(a_client("Ada Brandt"), house.variant, other),
    ]
    day = made.this_day()
    waits = {"variant": house.variant, "notice_hours": 0,
             "earliest": day, "latest": day + timedelta(days=20)}  # fmt: skip
    begins = made.at(0, days=5)

    def done(verb: Any, *about: Any, **more: Any) -> Any:
        with transaction():
            return verb(*about, **{"actor": house.desk} | more)

    group = done(book_together, members=pair, starts_at=made.at(11, days=4))
    plan = done(
        services.plan_series, client=house.client, variant=house.variant, therapist=house.therapist,
        phases=[Phase(7, 4)], first_on=day + timedelta(days=9), wall=600,
        chosen=[(1, made.at(10, days=9), house.therapist, house.places[0])],
    )  # fmt: skip
    done(waiting.wait, client=a_client("Lena Ford"), **waits)
    entry = done(waiting.wait, client=house.client, **waits)
    told = made.at(15, days=6)
    offer = done(waiting.offer, entry, therapist=house.therapist, starts_at=told)
    later = made.at(16, days=6)
    hold = done(services.hold_time, variant=house.variant, therapist=other, starts_at=later)
    done(open_feed, house.therapist, actor=house.treats, shows_names=True)
    absence = done(
        timetable.ask, house.therapist, actor=house.owner, kind="vacation", starts_at=begins,
        ends_at=begins + timedelta(days=1),
    )  # fmt: skip
    change = latest_change(visit.id)
    return {
        "visit": visit, "group": group, "series": plan, "entry": entry, "offer": offer,
        "hold": hold, "time_off": absence, "change": change,
    }  # fmt: skip
