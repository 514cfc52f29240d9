"""Times offered to who waits: taken first, declined, lapsed, passed on."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.catalogue.queries import the_variant
from clinic.clients.queries import the_client
from clinic.core.clock import now, rehearsed
from clinic.core.db import db
from clinic.core.errors import Conflict, NotAllowed
from clinic.core.transactions import transaction
from clinic.scheduling import services
from clinic.scheduling.models import Visit, WaitlistEntry, WaitlistOffer
from clinic.scheduling.queries.waiting import matches
from clinic.scheduling.queries.waitlist import the_offer
from clinic.scheduling.services import offering, waiting
from clinic.staff.models import StaffMember
from clinic.staff.queries import actor_of
from tests.factories import scheduling as made
from tests.factories.clients import a_client
from tests.scheduling.waits import an_entry, answer, later, offered, passed_on, visits


@pytest.fixture
def house(inside):
    return made.open_house()


def test_an_offer_stands_two_hours_and_takes_nobodys_time(house):
    offer = offered(house, an_entry(house))
    assert timedelta(minutes=119) < offer.expires_at - now() <= timedelta(minutes=120)
    assert offer.entry.status == "offered"
    made.book(house, client=a_client("Omar Haddad"))


def test_a_time_that_is_not_open_is_not_offered(house):
    entry = an_entry(house)
    made.book(house, client=a_client("Omar Haddad"))
    with pytest.raises(Conflict, match="not open any more"):
        offered(house, entry)
    with pytest.raises(Conflict, match="not open any more"):
        offered(house, entry, made.at(12, 7))
    assert entry.status == "waiting"


def test_who_has_an_offer_is_not_offered_another(house):
    entry = an_entry(house)
    offered(house, entry)
    with pytest.raises(Conflict):
        offered(house, entry, made.at(12))


def test_accepting_books_the_visit_in_one_go(house):
    offer = offered(house, an_entry(house))
    visit = answer(waiting.accept, offer, house.desk).visit
    assert (visit.source, visit.starts_at, visit.client_id) == (
        "waitlist", made.at(10), house.client.id,
    )  # fmt: skip
    assert (offer.status, offer.entry.status, offer.entry.visit_id) == (
        "accepted", "accepted", visit.id,
    )  # fmt: skip


def test_accepting_counts_against_the_referral_where_that_was_asked_for(house):
    allowed = made.an_authorisation(house)
    offer = offered(house, an_entry(house, use_referral=True))
    assert answer(waiting.accept, offer, house.desk).visit.authorisation_id == allowed.id


def test_the_first_to_accept_gets_the_time_and_the_others_wait_again(house):
    first = offered(house, an_entry(house))
    second = offered(house, an_entry(house, "Omar Haddad"))
    half_past = offered(house, an_entry(house, "Ada Brandt"), made.at(10, 30))
    elsewhere = offered(house, an_entry(house, "Lena Ford"), made.at(14))
    answer(waiting.accept, second, house.desk)
    db.session.expire_all()
    assert [one.status for one in (first, second, half_past, elsewhere)] == [
        "withdrawn", "accepted", "withdrawn", "open",
    ]  # fmt: skip
    assert [one.entry.status for one in (first, half_past)] == ["waiting", "waiting"]
    with pytest.raises(Conflict, match="answered already"):
        answer(waiting.accept, first, house.desk)


def test_a_time_taken_meanwhile_is_refused_with_words_and_they_wait_again(house):
    offer = offered(house, an_entry(house))
    made.book(house, client=a_client("Omar Haddad"))
    done = answer(waiting.accept, offer, house.desk)
    assert done.visit is None
    assert done.refused
    db.session.expire_all()
    assert (offer.status, offer.entry.status, visits()) == ("withdrawn", "waiting", 1)


def test_an_offer_that_ran_out_is_refused_with_words_and_they_wait_again(house):
    offer = offered(house, an_entry(house))
    with later(hours=2):
        done = answer(waiting.accept, offer, house.desk)
    assert done.visit is None
    assert "ran out" in str(done.refused)
    db.session.expire_all()
    assert (offer.status, offer.entry.status, visits()) == ("expired", "waiting", 0)


def test_whom_the_gate_refuses_on_accepting_waits_again_and_hears_why(house):
    offer = offered(house, an_entry(house, use_referral=True))
    done = answer(waiting.accept, offer, house.desk)
    assert "no referral" in str(done.refused)
    db.session.expire_all()
    assert (offer.entry.status, visits()) == ("waiting", 0)


def test_who_declines_waits_on_and_answers_only_once(house):
    offer = offered(house, an_entry(house))
    answer(waiting.decline, offer, house.desk)
    assert (offer.status, offer.entry.status) == ("declined", "waiting")
    for verb in (waiting.decline, waiting.accept, waiting.retract):
        with pytest.raises(Conflict, match="answered already"):
            answer(verb, offer, house.desk)


def test_an_offer_made_by_mistake_is_taken_back_and_can_be_made_again(house):
    entry = an_entry(house)
    answer(waiting.retract, offered(house, entry), house.desk)
    assert entry.status == "waiting"
    assert not matches(house.therapist, made.at(10), made.at(11))[0].has_refused
    offered(house, entry)


def test_whoever_is_taken_off_the_list_has_no_offer_left(house):
    entry = an_entry(house)
    offer = offered(house, entry)
    answer(waiting.withdraw, entry, house.desk)
    assert (entry.status, offer.status) == ("cancelled", "withdrawn")
    with pytest.raises(Conflict, match="already"):
        answer(waiting.withdraw, entry, house.desk)


def test_what_lapses_passes_on_to_the_next_and_never_back(house):
    first, second = an_entry(house, priority="high"), an_entry(house, "Omar Haddad")
    offered(house, first)
    with later(hours=2):
        assert passed_on() == waiting.Passed(lapsed=1, offered=1)
        db.session.expire_all()
        assert (first.status, second.status) == ("waiting", "offered")
        assert passed_on() == waiting.Passed()
        with later(hours=2):
            assert passed_on() == waiting.Passed(lapsed=1, offered=0)
    db.session.expire_all()
    assert (first.status, second.status) == ("waiting", "waiting")


def test_a_time_is_not_passed_on_to_who_declined_it(house):
    declined, lapsed = an_entry(house), an_entry(house, "Omar Haddad")
    answer(waiting.decline, offered(house, declined), house.desk)
    offered(house, lapsed)
    with later(hours=2):
        assert passed_on() == waiting.Passed(lapsed=1, offered=0)


def test_a_time_that_is_taken_is_not_passed_on(house):
    offered(house, an_entry(house))
    an_entry(house, "Omar Haddad")
    made.book(house, client=a_client("Ada Brandt"))
    with later(hours=2):
        assert passed_on() == waiting.Passed(lapsed=1, offered=0)


def test_a_time_that_somebody_still_holds_an_offer_of_is_not_passed_on(house):
    offered(house, an_entry(house))
    with later(hours=1):
        offered(house, an_entry(house, "Omar Haddad"))
    an_entry(house, "Ada Brandt")
    with later(hours=2):
        assert passed_on() == waiting.Passed(lapsed=1, offered=0)


def test_at_night_offers_lapse_and_pass_on_in_the_morning(house):
    offered(house, an_entry(house))
    next_one = an_entry(house, "Omar Haddad")
    with rehearsed(made.at(23, days=0)):
        assert passed_on() == waiting.Passed(lapsed=1, offered=0)
    with rehearsed(made.at(8, days=1)):
        assert passed_on() == waiting.Passed(lapsed=0, offered=1)
    db.session.expire_all()
    assert next_one.status == "offered"


def test_an_entry_whose_last_day_is_over_runs_out_and_so_does_one_that_was_offered(house):
    day = made.this_day()
    plain = an_entry(house, latest=day)
    held = an_entry(house, "Omar Haddad", latest=day)
    offered(house, held)
    with rehearsed(made.at(12, days=1)):
        assert passed_on() == waiting.Passed(lapsed=1, offered=0, expired=2)
        assert passed_on() == waiting.Passed()
    db.session.expire_all()
    assert (plain.status, held.status) == ("expired", "expired")


def test_only_who_keeps_the_whole_schedule_lets_offers_pass_on(house):
    with pytest.raises(NotAllowed), transaction():
        waiting.pass_on(actor=house.treats)


def test_no_offer_stays_open_once_its_entry_is_closed(house):
    for name in ("Omar Haddad", "Ada Brandt"):
        offered(house, an_entry(house, name))
    answer(waiting.accept, db.session.scalars(select(WaitlistOffer)).first(), house.desk)
    open_ones = db.session.scalars(select(WaitlistOffer).where(WaitlistOffer.status == "open"))
    assert open_ones.all() == []


def at_their_desk(app, public_id):
    """Accept an offer over a connection of one's own: the words of the refusal, or none."""
    with app.app_context(), transaction():
        offer = the_offer(public_id)
        actor = actor_of(
            db.session.scalars(select(StaffMember).order_by(StaffMember.id).limit(1)).one()
        )
        try:
            done = waiting.accept(offer, actor=actor)
        except Conflict as error:
            return str(error.words)
        return str(done.refused or "")


def test_of_two_who_accept_at_one_moment_one_gets_it_and_the_other_hears_why(app):
    with app.app_context():
        house = made.open_house()
        names = ("Omar Haddad", "Ada Brandt", "Lena Ford")
        ids = [offered(house, an_entry(house, name)).public_id for name in names]
        db.session.remove()
    with ThreadPoolExecutor(len(ids)) as pool:
        said = list(pool.map(lambda one: at_their_desk(app, one), ids))
    assert sum(not words for words in said) == 1
    assert all("answered already" in words or "taken" in words for words in said if words)
    with app.app_context():
        assert visits() == 1
        states = db.session.scalars(select(WaitlistEntry.status)).all()
        assert sorted(states) == ["accepted", "waiting", "waiting"]


def test_a_time_booked_by_another_desk_at_the_same_moment_is_never_given_twice(app):
    with app.app_context():
        house = made.open_house()
        offer_id = offered(house, an_entry(house)).public_id
        other, variant = a_client("Omar Haddad").public_id, house.variant.public_id
        db.session.remove()

    def book():
        with app.app_context():
            with suppress(services.SlotTaken), transaction():
                desk = actor_of(
                    db.session.scalars(select(StaffMember).order_by(StaffMember.id).limit(1)).one()
                )
                services.book(
                    actor=desk, client=the_client(other), variant=the_variant(variant),
                    therapist=the_offer(offer_id).therapist, starts_at=made.at(10),
                )  # fmt: skip
            return ""

    with ThreadPoolExecutor(2) as pool:
        accepted = pool.submit(at_their_desk, app, offer_id)
        booked = pool.submit(book)
        said = accepted.result(), booked.result()
    with app.app_context():
        assert visits() == 1
        source = db.session.scalar(select(Visit.source))
        assert (source == "waitlist") is (said[0] == "")


NAMES = ("Ada Brandt", "Omar Haddad")


def test_an_offer_that_cannot_lapse_keeps_no_other_waiting(house, monkeypatch, caplog):
    broken, other = (offered(house, an_entry(house, name)) for name in NAMES)
    number, plain = broken.id, offering.close

    def breaks(offer: WaitlistOffer, status: str) -> None:
        if offer.id == number:
            raise ValueError("canary of a client")
        plain(offer, status)

    monkeypatch.setattr(offering, "close", breaks)
    with later(hours=2):
        done = passed_on()
    assert (done.lapsed, done.failed) == (1, 1)
    db.session.expire_all()
    assert (broken.status, other.status) == ("open", "expired")
    assert f"offer {broken.public_id} failed, ValueError" in caplog.text
    assert "canary" not in caplog.text
