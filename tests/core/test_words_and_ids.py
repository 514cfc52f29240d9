import re

from hypothesis import given
from hypothesis import strategies as st

from clinic.core.ids import LENGTH, is_public_id, new_public_id
from clinic.core.words import say


def test_an_id_says_nothing_and_is_never_the_same():
    ids = {new_public_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(f"[a-z2-9]{{{LENGTH}}}", one) and is_public_id(one) for one in ids)


@given(st.text(max_size=40))
def test_what_has_not_the_shape_is_no_id(text):
    assert is_public_id(text) == bool(re.fullmatch(r"[abcdefghjkmnpqrstuvwxyz23456789]{20}", text))


def test_words_keep_message_and_values_apart():
    said = say("{name} is away until {day}", name="Ada", day="Monday")
    assert said.message == "{name} is away until {day}"
    assert str(said) == "Ada is away until Monday"
    assert said.filled("Bis {day} fehlt {name}") == "Bis Monday fehlt Ada"


def test_words_without_values_may_hold_braces():
    assert str(say("Use {} here")) == "Use {} here"


@given(st.text(max_size=50))
def test_a_value_is_never_read_as_a_message(value):
    assert str(say("Not {what}", what=value)) == "Not " + value
