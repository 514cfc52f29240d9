"""What a letter that did not arrive gives somebody to do."""

import pytest

from clinic.core.permissions import Role
from clinic.core.transactions import transaction
from clinic.letters import services
from clinic.tasks.queries import live_about
from tests.factories import letters
from tests.factories import staff as people


@pytest.fixture
def house(inside):
    people.set_up()
    return letters.world()


@pytest.fixture
def sent(house):
    letter = letters.approved(house, "acknowledgement")
    with transaction():
        return services.send(letter, actor=house.desk, channel="post")


def returned(house, dispatch, **more):
    with transaction():
        services.mark_failed(dispatch, actor=house.desk, why="Returned.", **more)


def tasks_of(letter):
    return live_about(f"letter:{letter.public_id}")


def test_a_returned_letter_is_a_task_until_it_leaves_again(house, sent):
    letter = sent.letter
    returned(house, sent)
    (task,) = tasks_of(letter)
    assert (task.kind, task.role, task.client_id) == (
        "letter_failed", Role.RECEPTIONIST.value, letter.client_id,
    )  # fmt: skip
    with transaction():
        services.send(letter, actor=house.desk, channel="print")
    assert tasks_of(letter) == []
    assert (task.status, task.outcome) == ("done", "The letter was sent again.")


def test_given_up_it_is_nobodys_task(house, sent):
    returned(house, sent)
    (task,) = tasks_of(sent.letter)
    with transaction():
        services.cancel(sent.letter, actor=house.desk, why="They called.")
    assert (tasks_of(sent.letter), task.outcome) == ([], "The letter is not needed any more.")


def test_a_wrong_number_is_put_right_in_the_directory_and_asked_for_once(house, sent):
    returned(house, sent, is_wrong=True)
    about = f"provider:{house.provider.public_id}"
    (task,) = live_about(about)
    assert (task.kind, task.note, task.client) == ("update_directory", house.provider.name, None)
    with transaction():
        again = services.send(sent.letter, actor=house.desk, channel="print")
    returned(house, again, is_wrong=True)
    assert live_about(about) == [task]


def test_a_letter_that_arrives_is_nobodys_task(house, sent):
    assert tasks_of(sent.letter) == []
