"""Consents are given, refused, replaced and taken back; who may, and who is told."""

from datetime import timedelta

import pytest

from clinic.clients import services as clients_services
from clinic.consents import queries, services
from clinic.consents.events import ConsentChanged
from clinic.consents.rules import KINDS, MOVES, Scope, a_year_on, read_why
from clinic.consents.rules import state_of as state_on
from clinic.core import announcements
from clinic.core.clock import now, rehearsed, today
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.practice.queries import the_practice
from tests.factories import directory, staff
from tests.factories.clients import a_client
from tests.factories.consents import agree, scope_of

ONE = timedelta(days=1)


@pytest.fixture
def told(monkeypatch):
    """The records of which others were told that something changed."""
    heard = []
    monkeypatch.setattr(
        announcements, "_hearers", {ConsentChanged: (lambda event: heard.append(event.client_id),)}
    )
    return heard


def this_day():
    return today(the_practice().zone)


def in_care(client, name="Teo Marsh"):
    treats = staff.therapist(name)
    with transaction():
        clients_services.join_care(client, treats.id, actor=SYSTEM)
    return treats


def a_minor():
    born = this_day() - timedelta(days=4000)
    return a_client("Kim Young", birth_date=born, guardian_name="Mo Young")


def refused(act, *args, **more):
    """Which field a refusal stands beside."""
    with pytest.raises(DomainError) as error, transaction():
        act(*args, **more)
    return error.value.field


def take(client, kind="TREATMENT", **more):
    return refused(
        services.take_consent,
        client,
        kind,
        **({"actor": SYSTEM, "method": "signed", "signature": "Grace Nakamura"} | more),
    )


def kept(client, on=None):
    return queries.consents_on(client.known_as, on or this_day())


def test_a_signed_consent_counts_and_others_are_told(inside, told):
    client = a_client()
    given = agree(client)
    assert kept(client).has("TREATMENT")
    assert (given.expires_on, given.text_number) == (a_year_on(this_day()), 0)
    assert given.signature == "Grace Nakamura"
    assert told == [client.id]


def test_every_kind_is_taken_with_what_it_asks_for_and_counts_that_day(inside):
    minor, provider = a_minor(), directory.provider()
    for kind in KINDS:
        agree(minor, kind, provider=provider, given_by="guardian", signature="Mo Young")
    said = kept(minor)
    for kind in KINDS:
        assert said.has(kind), kind
        assert said.given(kind)[0].scope == scope_of(kind)


def test_no_kind_is_taken_without_what_it_asks_for(inside):
    client = a_client()
    for kind in KINDS.values():
        if kind.asks:
            assert take(client, kind.code) in kind.asks
            assert not kept(client).has(kind.code)


def test_what_is_given_in_writing_is_not_taken_by_word(inside):
    minor = a_minor()
    for kind in KINDS.values():
        if kind.is_written:
            assert take(minor, kind.code, given_by="guardian", method="verbal") == "method"


def test_a_spoken_consent_names_who_witnessed_it(inside):
    client = a_client()
    assert take(client, method="verbal", signature="  ") == "signature"
    assert agree(client, method="verbal", signature="Teo Marsh").signature == "Teo Marsh"


def test_a_day_to_come_an_unknown_area_and_an_end_before_the_beginning_are_refused(inside):
    client = a_client()
    assert take(client, given_on=this_day() + ONE) == "given_on"
    calf = Scope(areas=("CALF",), reason="cramp")
    assert take(client, "SENSITIVE_AREA", scope=calf) == "areas"
    assert take(client, "SMS", until=this_day() - ONE) == "until"
    assert take(client, "TREATMNT") == "kind"
    assert take(client, given_by="neighbour") == "given_by"
    assert take(client, method="guessed") == "method"


def test_a_guardian_agrees_for_who_is_not_of_age_and_for_nobody_else(inside):
    minor = a_minor()
    assert take(minor) == "given_by"
    assert take(minor, "MINOR_GUARDIAN") == "given_by"
    agree(minor, given_by="guardian", signature="Mo Young")
    assert kept(minor).missing_for(11) == ("MINOR_GUARDIAN",)
    agree(minor, "MINOR_GUARDIAN", given_by="guardian", signature="Mo Young")
    assert kept(minor).missing_for(11) == ()
    assert take(a_client(), given_by="guardian") == "given_by"
    agree(a_client("Ida Hall", guardian_name="Jo Hall"), given_by="guardian", signature="Jo Hall")


# ---- who may


CLINICAL = [code for code, kind in KINDS.items() if kind.is_clinical]


def test_a_clinical_consent_is_taken_by_who_treats_the_client(inside):
    client = a_client()
    treats, others = (
        in_care(client),
        (staff.receptionist(), staff.therapist("Una Bell"), staff.owner()),
    )
    staff.licence(staff.queries.the_member(treats.public_id), code="BREAST_16H")
    for kind in CLINICAL:
        for outsider in others:
            with pytest.raises(NotAllowed):
                agree(client, kind, actor=outsider)
            with pytest.raises(NotAllowed), transaction():
                services.refuse(client, kind, actor=outsider)
        agree(client, kind, actor=treats)
        assert kept(client).has(kind)


def test_breast_massage_is_agreed_only_with_somebody_trained_for_it(inside):
    client = a_client()
    treats = in_care(client)
    with pytest.raises(NotAllowed):
        agree(client, "BREAST", actor=treats)
    assert not kept(client).has("BREAST")


def test_the_desk_takes_what_is_not_clinical(inside):
    client, desk = a_client(), staff.receptionist()
    agree(client, actor=desk)
    agree(client, "SMS", actor=desk, method="verbal", signature="Robin Vale")
    assert kept(client).has("SMS")


def test_who_sees_no_clinical_consent_still_writes_down_that_all_are_taken_back(inside, told):
    client, desk = a_client(), staff.receptionist()
    agree(client)
    agree(client, "SENSITIVE_AREA")
    agree(client, "PRENATAL_ACK")
    told.clear()
    with transaction():
        assert services.withdraw_clinical(client, actor=desk, by="phone") == 2
    said = kept(client)
    assert said.has("TREATMENT")
    assert not said.has("PRENATAL_ACK")
    assert said.areas() == frozenset()
    assert set(told) == {client.id}


# ---- a consent's life


def test_a_new_signature_replaces_the_earlier_one(inside):
    client = a_client()
    first = agree(client, given_on=this_day() - 300 * ONE)
    with transaction():
        second = services.replace(
            first, actor=SYSTEM, method="signed", signature="Grace Nakamura", version=first.version
        )
    assert (first.status, second.status) == ("superseded", "active")
    assert kept(client).has("TREATMENT")
    assert kept(client, this_day() - ONE).has("TREATMENT")
    with pytest.raises(Conflict), transaction():
        services.replace(first, actor=SYSTEM, method="signed", signature="Grace Nakamura")


def test_what_had_run_out_is_not_replaced(inside):
    client = a_client()
    old = agree(client, given_on=this_day() - 500 * ONE)
    agree(client)
    assert old.status == "active"
    assert state_on(queries.line_of(old), this_day()) == "expired"


def test_areas_of_yesterday_stay_agreed_for_yesterday(inside):
    client = a_client()
    agree(client, "SENSITIVE_AREA", areas=("GLUTEAL",))
    agree(client, "SENSITIVE_AREA", areas=("CHEST_FRONT",), given_on=this_day() - ONE)
    assert kept(client).areas() == {"GLUTEAL"}
    assert kept(client, this_day() - ONE).areas() == {"CHEST_FRONT"}
    agree(client, "SENSITIVE_AREA", areas=("GLUTEAL", "THIGH_INNER"))
    assert kept(client).areas() == {"GLUTEAL", "THIGH_INNER"}


def test_a_withdrawal_counts_at_once_and_needs_no_reason(inside, told):
    client = a_client()
    given = agree(client)
    told.clear()
    with transaction():
        services.withdraw(given, actor=SYSTEM, by="phone", version=given.version)
    assert not kept(client).has("TREATMENT")
    assert queries.is_refused(client.id, "TREATMENT")
    assert read_why(given.why).by == "phone"
    assert told == [client.id]
    with pytest.raises(Conflict), transaction():
        services.withdraw(given, actor=SYSTEM)
    agree(client)
    assert kept(client).has("TREATMENT")


def test_a_withdrawal_on_an_old_page_shows_what_stands(inside):
    given = agree(a_client())
    with pytest.raises(StaleEdit), transaction():
        services.withdraw(given, actor=SYSTEM, version=given.version - 1)
    assert refused(services.withdraw, given, actor=SYSTEM, by="pigeon") == "by"


def test_a_refusal_takes_the_place_of_a_consent(inside, told):
    client, provider = a_client(), directory.provider()
    agree(client, "SHARE_PROVIDER", provider=provider)
    with transaction():
        no = services.refuse(
            client, "SHARE_PROVIDER", actor=SYSTEM, provider=provider, why="Rather not"
        )
    assert queries.is_refused(client.id, "SHARE_PROVIDER")
    assert not kept(client).may_share(provider.id, "visits")
    assert read_why(no.why).text == "Rather not"
    assert len(told) == 2
    with pytest.raises(Conflict), transaction():
        services.withdraw(no, actor=SYSTEM)
    assert refused(services.refuse, client, "SHARE_PROVIDER", actor=SYSTEM) == "provider"
    assert refused(services.refuse, client, "SHARE_FAMILY", actor=SYSTEM) == "whom"


def test_no_answer_is_slipped_in_before_a_later_one(inside):
    client = a_client()
    given = agree(client, given_on=this_day() - ONE)
    assert take(client, given_on=this_day() - 2 * ONE) == "given_on"
    with transaction():
        services.withdraw(given, actor=SYSTEM)
    assert take(client, given_on=this_day() - ONE) == "given_on"


def test_what_was_written_down_by_mistake_never_counted(inside):
    client = a_client()
    wrong = agree(client, given_on=this_day() - 5 * ONE)
    assert refused(services.mark_in_error, wrong, actor=SYSTEM, why=" ") == "why"
    with transaction():
        services.mark_in_error(wrong, actor=SYSTEM, why="Another client")
    assert not kept(client).has("TREATMENT")
    assert not kept(client, this_day() - ONE).has("TREATMENT")
    agree(client, given_on=this_day() - 9 * ONE)
    assert not kept(client).is_refused("TREATMENT")


def test_a_clinical_mistake_is_put_right_by_who_treats_or_who_wrote_it(inside):
    client, other = a_client(), a_client("Ida Hall")
    treats = in_care(client)
    given = agree(client, "PRENATAL_ACK", actor=treats)
    stranger = in_care(other, "Una Bell")
    with pytest.raises(NotAllowed), transaction():
        services.mark_in_error(given, actor=stranger, why="Another client")
    with transaction():
        services.mark_in_error(given, actor=treats, why="Another client")
    assert not kept(client).has("PRENATAL_ACK")


DEEDS = {
    "withdrawn": lambda row: services.withdraw(row, actor=SYSTEM),
    "superseded": lambda row: services.replace(
        row, actor=SYSTEM, method="signed", signature="Grace Nakamura"
    ),
    "entered_in_error": lambda row: services.mark_in_error(row, actor=SYSTEM, why="Another"),
}


@pytest.mark.parametrize("status", MOVES)
def test_a_consent_walks_its_life_and_no_other(inside, status):
    """There is no draft: what is not signed or witnessed is not kept. "Expired" is no status but
    what a day says: an active consent after its last day.
    """
    for target, deed in DEEDS.items():
        row = agree(a_client())
        if status != "active":
            with transaction():
                DEEDS[status](row)
        if target in MOVES[status]:
            with transaction():
                deed(row)
            assert row.status == target
        else:
            with pytest.raises(Conflict), transaction():
                deed(row)
            assert row.status == status


def test_who_is_one_person_has_one_set_of_consents(inside, told):
    kept_one, duplicate = a_client(), a_client()
    first = agree(duplicate)
    with transaction():
        clients_services.merge(kept_one, duplicate, actor=SYSTEM)
    assert kept(kept_one).has("TREATMENT")
    told.clear()
    again = agree(duplicate)
    assert (again.client_id, first.status) == (kept_one.id, "superseded")
    assert told == [kept_one.id, duplicate.id]


# ---- words


def publish(body, after=0, kind="TREATMENT"):
    with transaction():
        return services.publish_text(kind, body, actor=SYSTEM, after=after)


def test_the_clinics_own_words_follow_and_never_change_those_before(inside):
    client = a_client()
    old = agree(client)
    publish("We explain.\r\n\r\nYou decide.  ")
    assert queries.current_text("TREATMENT").body == "We explain.\n\nYou decide."
    new = agree(client)
    assert (old.text_number, new.text_number) == (0, 1)
    assert "Before you agree" in queries.text_of("TREATMENT", 0).body


def test_only_the_owner_publishes_and_never_over_what_another_did(inside):
    for actor in (staff.receptionist(), staff.therapist()):
        with pytest.raises(NotAllowed), transaction():
            services.publish_text("SMS", "Yes", actor=actor, after=0)
    publish("One.")
    with pytest.raises(Conflict):
        publish("Two.", after=0)
    assert publish("Two.", after=1).number == 2
    assert refused(services.publish_text, "SMS", "  ", actor=SYSTEM, after=0) == "body"
    assert refused(services.publish_text, "SMS", "x" * 9000, actor=SYSTEM, after=0) == "body"
    same = queries.current_text("SMS").body
    assert refused(services.publish_text, "SMS", same, actor=SYSTEM, after=0) == "body"


def test_a_consent_is_to_the_words_that_held_on_its_day(inside):
    client = a_client()
    with rehearsed(now() - 10 * ONE):
        publish("One.")
    with rehearsed(now() - 5 * ONE):
        publish("Two.", after=1)
    assert take(client, text_number=2, given_on=this_day() - 7 * ONE) == "given_on"
    with pytest.raises(Conflict), transaction():
        services.take_consent(
            client, "TREATMENT", actor=SYSTEM, method="signed", signature="G", text_number=1
        )
    assert take(client, text_number=9) == "text_number"
    agree(client, text_number=1, given_on=this_day() - 7 * ONE)
    assert db.session.scalars(queries.of_person(client.id)).first().text_number == 1
