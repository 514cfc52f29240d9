from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from clinic.clients import queries, services
from clinic.clients.rules import GivenPhone, asked_words
from clinic.core.db import db
from clinic.core.ids import new_public_id
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from tests.factories.clients import a_client


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(*args: Any) -> None:
        sent.append(args[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def ids(text: str, limit: int = 10) -> list[int]:
    return [one.id for one in queries.found(text, limit)]


letters = st.characters(categories=["Lu", "Ll", "Lo", "Mn", "Pd", "Po"], exclude_characters="@")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(letters, min_size=1, max_size=80).filter(str.strip),
    st.integers(2_000_000_000, 9_999_999_999),
    st.data(),
)
def test_whatever_is_registered_is_found(
    inside: Flask, name: str, number: int, data: st.DataObject
) -> None:
    with transaction():
        one = services.register(
            actor=SYSTEM, last_name=name.strip(), phones=[GivenPhone(f"+1{number}")],
            import_ref=new_public_id(),
        )  # fmt: skip
    word = data.draw(st.sampled_from(name.split()))
    beginning = word[: data.draw(st.integers(1, len(word)))]
    start = data.draw(st.integers(0, 7))
    run = str(number)[start : start + data.draw(st.integers(3, 10))]
    if asked_words(beginning):
        assert one.id in ids(f"{beginning} {run}", 200)
    assert one.id in ids(one.number)


def test_words_come_in_any_order_and_all_must_fit(inside: Flask) -> None:
    one = a_client("Ángel O'Brien-Weiß")
    a_client("Angela Stone")
    assert ids("weiss ang") == ids("ANG obrien") == [one.id]
    assert ids("ang xyz") == []


def test_the_closest_word_comes_first_and_nobody_twice(inside: Flask) -> None:
    far, near = a_client("Samantha Sams"), a_client("Sam Stone")
    assert ids("sam") == [near.id, far.id]


def test_odd_texts_are_answered_calmly(inside: Flask) -> None:
    a_client()
    for text in ("%", "_", "'", '"; --', "\u202e", "\U0010ffff", "\x00", "x" * 500, "٠١٢", "@", ""):
        assert isinstance(queries.found(text), list)
    assert ids("%") == ids("_") == []


def test_a_search_is_one_statement(inside: Flask) -> None:
    a_client()
    with statements() as sent:
        queries.found("nak gra 8812")
    assert len(sent) == 1


def test_the_list_turns_its_pages_both_ways(inside: Flask) -> None:
    names = ["Ada Álvarez", "Bo alvarez", "Cy Brandt", "Di Brandt", "Ed Zuse"]
    made = [a_client(name, birth_date=date(1970 + at, 1, 1)).id for at, name in enumerate(names)]

    def page(**key: str) -> queries.Listing:
        return queries.listing("current", size=2, **key)

    first = page()
    second = page(after=first.after)
    third = page(after=second.after)
    assert [row.id for one in (first, second, third) for row in one.rows] == made
    assert (first.before, third.after) == ("", "")
    assert page(before=third.before).rows == second.rows
    back = page(before=second.before)
    assert back.rows == first.rows
    assert back.before == ""


def test_a_page_of_the_list_is_one_statement_without_a_count(inside: Flask) -> None:
    a_client()
    with statements() as sent:
        queries.listing("current")
    assert len(sent) == 1
    assert "count(" not in sent[0].lower()
