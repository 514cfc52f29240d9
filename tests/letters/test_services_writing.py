"""Letters are drafted, approved, written anew and given up, each by who may."""

from itertools import product
from types import SimpleNamespace

import pytest
from flask import Flask

from clinic.clients import services as client_services
from clinic.core import announcements
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.letters import queries, services
from clinic.letters.events import LetterMoved
from clinic.letters.rules.blocks import Content, Paragraph
from clinic.letters.rules.moving import EDGES, GIVEN_UP, STATES
from clinic.letters.services.checking import this_day
from clinic.letters.services.moving import move
from tests.factories import clients, directory, letters
from tests.factories import staff as people
from tests.factories.letters import CLINICAL, PLAIN

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def house(inside: Flask) -> letters.World:
    people.set_up()
    return letters.world()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[LetterMoved]:
    """What the rooms above hear."""
    heard: list[LetterMoved] = []
    monkeypatch.setattr(announcements, "_hearers", {LetterMoved: (heard.append,)})
    return heard


def test_a_letter_is_drafted_approved_and_keeps_its_words(house, told):
    letter = letters.drafted(house)
    assert (letter.status, letter.direction, letter.written_by_id) == (
        "draft", "out", house.treats.id,
    )  # fmt: skip
    with transaction():
        services.approve(letter, actor=house.treats, version=letter.version)
    assert letter.status == "approved"
    assert letter.approved_by_id == house.treats.id
    assert queries.content_of(letter) == CLINICAL
    assert [one.status for one in told] == ["draft", "approved"]
    assert {one.letter_id for one in told} == {letter.id}


def test_what_the_record_says_can_be_drawn_up_by_the_desk_and_not_read(house):
    with transaction():
        letter = services.draft(
            actor=house.desk, client=house.client, provider=house.provider,
            organisation=house.place, kind="progress", content=CLINICAL,
        )  # fmt: skip
    assert not services.may_read(letter, house.desk)
    assert services.may_read(letter, house.treats)
    for act in (
        lambda: services.edit(letter, actor=house.desk, content=CLINICAL),
        lambda: services.approve(letter, actor=house.desk),
    ):
        with pytest.raises(NotAllowed), transaction():
            act()


@pytest.mark.parametrize("who", ["desk", "another therapist", "an owner", "the machinery"])
def test_only_a_therapist_of_the_client_approves_what_is_clinical(house, who):
    actor = {
        "desk": lambda: house.desk,
        "another therapist": lambda: people.therapist("June Park"),
        "an owner": people.owner,
        "the machinery": lambda: SYSTEM,
    }[who]()
    letter = letters.drafted(house)
    with pytest.raises(NotAllowed), transaction():
        services.approve(letter, actor=actor)
    db.session.refresh(letter)
    assert letter.status == "draft"


def test_the_desk_approves_what_says_nothing_clinical(house):
    letter = letters.drafted(house, "acknowledgement")
    with transaction():
        services.approve(letter, actor=house.desk)
    assert letter.status == "approved"


def test_clinical_words_make_any_letter_one_for_the_care_team(house):
    letter = letters.drafted(house, "closing", content=CLINICAL)
    assert not services.may_read(letter, house.desk)
    with pytest.raises(NotAllowed), transaction():
        services.approve(letter, actor=house.desk)


def test_the_desk_puts_nothing_clinical_into_a_letter(house):
    letter = letters.drafted(house, "closing", content=PLAIN)
    with pytest.raises(NotAllowed), transaction():
        services.edit(letter, actor=house.desk, content=CLINICAL)


@pytest.mark.parametrize("kind", ["acknowledgement", "missing_information", "decline"])
def test_a_bare_letter_is_refused_clinical_words_wherever_they_come_from(house, kind):
    with pytest.raises(DomainError, match="only the name and the number"):
        letters.drafted(house, kind, content=CLINICAL)
    letter = letters.drafted(house, kind)
    with pytest.raises(DomainError, match="only the name and the number"), transaction():
        services.edit(letter, actor=house.treats, content=CLINICAL)


def test_an_approved_letter_is_not_changed(house):
    letter = letters.approved(house)
    with pytest.raises(Conflict, match="approved and has not left"), transaction():
        services.edit(letter, actor=house.treats, content=PLAIN)


def test_an_edit_begun_on_another_version_is_refused(house):
    letter = letters.drafted(house)
    before = letter.version
    words = Content("Progress", "Dear", (Paragraph("Better.", True),))
    with transaction():
        services.edit(letter, actor=house.treats, content=words, version=before)
    assert queries.content_of(letter) == words
    for act in (
        lambda: services.edit(letter, actor=house.treats, content=CLINICAL, version=before),
        lambda: services.approve(letter, actor=house.treats, version=before),
        lambda: services.cancel(letter, actor=house.treats, version=before),
    ):
        with pytest.raises(StaleEdit), transaction():
            act()


def test_a_letter_that_says_nothing_is_not_approved(house):
    letter = letters.drafted(house, content=Content("Progress", "Dear"))
    with pytest.raises(Conflict, match="says nothing"), transaction():
        services.approve(letter, actor=house.treats)


def test_a_letter_has_a_subject_and_a_kind(house):
    with pytest.raises(DomainError) as refused:
        letters.drafted(house, content=Content(" ", "Dear"))
    assert refused.value.field == "subject"
    with pytest.raises(DomainError), transaction():
        services.draft(
            actor=house.treats, client=house.client, provider=house.provider,
            organisation=None, kind="poem", content=PLAIN,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "said"), [("retired", "retired"), ("deceased", "died"), ("moved", "moved")]
)
def test_nothing_new_is_written_to_a_provider_who_is_gone(house, status, said):
    ready = letters.drafted(house)
    letters.gone(house.provider, status)
    with pytest.raises(Conflict, match=said):
        letters.drafted(house)
    with pytest.raises(Conflict, match=said), transaction():
        services.approve(ready, actor=house.treats)


def test_an_approved_letter_is_written_anew_in_a_draft_of_its_own(house, told):
    letter = letters.approved(house, about="referral:" + "a" * 20)
    told.clear()
    with transaction():
        again = services.reopen(letter, actor=house.treats, version=letter.version)
    assert (letter.status, again.status) == ("cancelled", "draft")
    assert queries.content_of(again) == CLINICAL
    assert (again.about, again.reference, again.kind) == (
        letter.about, letter.reference, letter.kind,
    )  # fmt: skip
    assert [(one.letter_id, one.status, one.instead_of) for one in told] == [
        (again.id, "draft", letter.id), (letter.id, "cancelled", None),
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["draft", "sent", "delivered", "cancelled", "received", "filed"])
def test_what_is_no_letter_that_waits_is_not_written_anew(house, status):
    letter = letters.standing(letters.drafted(house), status)
    with pytest.raises(Conflict), transaction():
        services.reopen(letter, actor=house.treats)


def test_who_may_not_read_a_letter_does_not_write_it_anew(house):
    letter = letters.approved(house)
    with pytest.raises(NotAllowed), transaction():
        services.reopen(letter, actor=house.desk)


def test_a_letter_is_cancelled_with_a_reason(house):
    letter = letters.drafted(house)
    with transaction():
        services.cancel(letter, actor=house.desk, why=" not needed ")
    assert (letter.status, letter.cancelled_why) == ("cancelled", "not needed")
    another = letters.drafted(house)
    with pytest.raises(DomainError), transaction():
        services.cancel(another, actor=house.desk, why="x" * 201)


def test_a_letter_belongs_to_the_record_that_stands_for_a_person(house):
    other = clients.a_client("Grace Nakamura")
    with transaction():
        client_services.merge(house.client, other, actor=SYSTEM)
    with transaction():
        letter = services.draft(
            actor=house.treats, client=other, provider=house.provider, organisation=None,
            kind="progress", content=CLINICAL,
        )  # fmt: skip
    assert letter.client_id == house.client.id
    assert letter in queries.of_person(house.client.id)


# ---- every edge, and every step that is none, through the verbs


def _deeds(house: letters.World) -> dict[str, object]:
    """The verb that leads to each state."""
    return {
        "approved": lambda letter: services.approve(letter, actor=house.treats),
        "cancelled": lambda letter: services.cancel(letter, actor=house.treats),
        "sent": lambda letter: services.send(letter, actor=house.treats, channel="print"),
        "delivered": lambda letter: services.mark_delivered(
            queries.last_dispatch(letter) or SimpleNamespace(letter=letter, status="prepared"),
            actor=house.treats, on=this_day(),
        ),
        "failed": lambda letter: services.mark_failed(
            queries.last_dispatch(letter) or SimpleNamespace(letter=letter, status="prepared"),
            actor=house.treats, why="returned",
        ),
        "filed": lambda letter: services.file_letter(letter, actor=house.treats),
    }  # fmt: skip


def _come_to(house: letters.World, status: str) -> object:
    """A letter that came to a state by its own edges."""
    path = {
        "draft": (), "approved": ("approved",), "cancelled": ("cancelled",),
        "sent": ("approved", "sent"), "delivered": ("approved", "sent", "delivered"),
        "failed": ("approved", "sent", "failed"),
    }[status]  # fmt: skip
    letter = letters.drafted(house)
    for target in path:
        with transaction():
            _deeds(house)[target](letter)
    return letter


@pytest.mark.parametrize(
    ("source", "target"), [pair for pair in sorted(EDGES) if pair[0] != "received"]
)
def test_every_edge_is_walked_by_a_verb(house, source, target):
    letters.agreed(house)
    letter = _come_to(house, source)
    assert letter.status == source
    with transaction():
        _deeds(house)[target](letter)
    assert letter.status == target


NO_EDGES = [
    pair
    for pair in sorted(product(sorted(set(STATES) - {"received", "filed"}), repeat=2))
    if pair not in EDGES | GIVEN_UP and pair[1] != "draft"
]


@pytest.mark.parametrize(("source", "target"), NO_EDGES)
def test_every_other_step_is_refused_with_its_reason(house, source, target):
    letters.agreed(house)
    letter = _come_to(house, source)
    with pytest.raises(Conflict) as refused, transaction():
        _deeds(house)[target](letter)
    assert str(refused.value.words).endswith(".")
    db.session.refresh(letter)
    assert letter.status == source


@pytest.mark.parametrize("target", ["approved", "cancelled", "sent", "delivered", "failed"])
def test_what_came_from_outside_takes_no_other_step_than_to_be_filed(house, target):
    for status in ("received", "filed"):
        letter = letters.standing(letters.drafted(house), status)
        with pytest.raises(Conflict), transaction():
            move(letter, target)


def test_what_is_open_with_a_provider_is_that_of_no_other(house):
    other = directory.provider("June", "Bell")
    letters.drafted(house, provider=other)
    assert not list(queries.open_for_provider(house.provider.id))
    assert len(queries.open_for_provider(other.id)) == 1
