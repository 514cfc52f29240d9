"""Words, dates, times and money, as a person at the clinic reads them."""

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from clinic.core import clock
from clinic.core.permissions import Role
from clinic.core.words import say
from clinic.web import wording

NOW = datetime(2026, 11, 19, 15, 24, tzinfo=UTC)  # 10:24 in Toronto


@pytest.fixture
def clinic_words(monkeypatch):
    """A clinic in Toronto that counts in dollars, on Thursday 19 November 2026 at 10:24."""
    app = Flask("words")
    app.extensions["practice"] = SimpleNamespace(
        name="Harbour", timezone="America/Toronto", currency="USD", locale="en"
    )
    wording.init_app(app)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with app.test_request_context("/"):
        yield app


@pytest.fixture
def slavic(monkeypatch):
    """A language with a form for one (and 21), for a few and for many; it knows days and nothing
    else. What it was asked for."""
    asked = []

    class Slavic:
        def plural(self, number):
            return 0 if number % 10 == 1 else 1 if number < 5 else 2

        def ungettext(self, one, many, number):
            asked.append(number)
            if "day" not in one:
                return one if number == 1 else many
            return ("%(num)s den", "%(num)s dny", "%(num)s dni")[self.plural(number)]

    monkeypatch.setattr(wording, "get_translations", Slavic)
    wording._forms_of.cache_clear()
    yield asked
    wording._forms_of.cache_clear()


@pytest.mark.usefixtures("clinic_words")
class TestDays:
    def test_a_day_of_this_year_has_no_year(self):
        assert wording.day(date(2026, 11, 19)) == "Thu 19 Nov"
        assert wording.short_day(date(2026, 11, 19)) == "19 Nov"
        assert wording.long_day(date(2026, 11, 19)) == "Thursday 19 November"

    def test_a_day_of_another_year_has_its_year(self):
        assert wording.day(date(2027, 1, 1)) == "Fri 1 Jan 2027"
        assert wording.short_day(date(1985, 4, 8)) == "8 Apr 1985"

    def test_an_instant_falls_on_the_day_of_the_clinic(self):
        assert wording.day(datetime(2026, 11, 20, 3, 30, tzinfo=UTC)) == "Thu 19 Nov"

    def test_a_naive_instant_is_refused(self):
        with pytest.raises(ValueError, match="naive"):
            wording.day(datetime(2026, 11, 19, 10, 0))  # noqa: DTZ001

    def test_nothing_is_shown_for_nothing(self):
        shown = (wording.day, wording.short_day, wording.long_day, wording.clock_time)
        more = (wording.when, wording.ago, wording.money, wording.money_short, wording.phone)
        assert {show(None) for show in (*shown, *more)} == {""}


@pytest.mark.usefixtures("clinic_words")
class TestTimes:
    def test_times_are_on_the_wall_of_the_clinic_in_24_hours(self):
        assert wording.clock_time(datetime(2026, 11, 19, 18, 5, tzinfo=UTC)) == "13:05"
        assert wording.clock_time(time(9, 30)) == "09:30"

    def test_when_is_day_and_time(self):
        assert wording.when(NOW) == "Thu 19 Nov, 10:24"

    @pytest.mark.parametrize(
        ("before", "said"),
        [
            (timedelta(seconds=20), "just now"),
            (timedelta(minutes=6, seconds=40), "6 min ago"),
            (timedelta(minutes=59), "59 min ago"),
            (timedelta(hours=2), "08:24"),
            (timedelta(days=1), "Wed 18 Nov, 10:24"),
            (-timedelta(hours=1), "11:24"),
        ],
    )
    def test_ago_counts_minutes_for_an_hour_then_names_the_time(self, before, said):
        assert wording.ago(NOW - before) == said


@pytest.mark.usefixtures("clinic_words")
class TestMoney:
    def test_records_show_the_minor_part(self):
        assert wording.money(14200) == "$142.00"
        assert wording.money(123456) == "$1,234.56"

    def test_pickers_show_it_only_where_there_is_one(self):
        assert wording.money_short(14200) == "$142"
        assert wording.money_short(14250) == "$142.50"

    def test_a_currency_without_a_minor_part_has_none(self):
        assert wording.money(1200, "JPY") == "¥1,200"

    @given(st.integers(min_value=0, max_value=10**9))
    def test_no_amount_is_lost_on_the_way(self, minor):
        assert (
            int("".join(filter(str.isdigit, wording._set_money(minor, "USD", "en", short=False))))
            == minor
        )


class TestPeople:
    @pytest.mark.parametrize(
        ("typed", "shown"),
        [
            ("5550148812", "(555) 014-8812"),
            ("+1 555 014 8812", "(555) 014-8812"),
            ("555-014-8812", "(555) 014-8812"),
            ("+44 20 7946 0958", "+44 20 7946 0958"),
            ("ext. 12", "ext. 12"),
        ],
    )
    def test_a_phone_number_is_shown_as_people_read_it(self, typed, shown):
        assert wording.phone(typed) == shown

    @pytest.mark.parametrize(
        ("name", "letters"),
        [("Grace Nakamura", "GN"), ("Bram de Wit", "BW"), ("Ōe", "Ō"), ("", ""), (None, "")],
    )
    def test_initials_are_those_of_the_first_and_last_name(self, name, letters):
        assert wording.initials(name) == letters

    @given(st.text())
    def test_a_hue_is_one_of_eight_and_stays(self, public_id):
        assert wording.hue(public_id) in range(1, 9)
        assert wording.hue(public_id) == wording.hue(public_id)

    @pytest.mark.usefixtures("clinic_words")
    def test_an_age_changes_on_the_birthday(self):
        born = date(1985, 11, 20)
        assert wording.age(born) == 40
        assert wording.age(born, on=date(2026, 11, 20)) == 41

    @pytest.mark.usefixtures("clinic_words")
    def test_roles_are_named_in_one_order(self):
        assert wording.role_names(frozenset({Role.OWNER, Role.THERAPIST})) == "Therapist, Owner"


@pytest.mark.usefixtures("clinic_words")
class TestWords:
    def test_the_values_of_a_sentence_are_shown_like_anywhere(self):
        said = say(
            "{who} is away from {day} {time}", who="June", day=date(2026, 11, 20), time=time(9)
        )
        assert wording.spoken(said) == "June is away from Fri 20 Nov 09:00"

    def test_a_sentence_in_a_sentence_is_said_too(self):
        assert wording.spoken(say("{what}, at {at}", what=say("Taken"), at=NOW)) == (
            "Taken, at Thu 19 Nov, 10:24"
        )

    def test_a_sentence_is_translated_before_its_values_come_in(self, monkeypatch):
        monkeypatch.setattr(wording, "gettext", {"{n} left": "noch {n}"}.__getitem__)
        assert wording.spoken(say("{n} left", n=3)) == "noch 3"

    def test_how_many_is_said_in_the_form_that_the_language_has_for_so_many(self, slavic):
        days = ("%(num)s day", "%(num)s days")
        said = [wording.ngettext(*days, number) for number in (1, 2, 7, 3, 9, 1)]
        assert said == ["1 den", "2 dny", "7 dni", "3 dny", "9 dni", "1 den"]
        assert slavic == [1, 2, 7]  # each form once

    @pytest.mark.parametrize("numbers", [(1, 21), (21, 1)])
    def test_what_is_not_translated_yet_is_said_as_in_english(self, slavic, numbers):
        said = {number: wording.ngettext("%(num)s hour", "%(num)s hours", number)
                for number in numbers}  # fmt: skip
        assert said == {1: "1 hour", 21: "21 hours"}

    @pytest.mark.parametrize(("number", "said"), [(0, "0 days"), (1, "1 day"), (2, "2 days")])
    def test_without_a_catalogue_there_is_one_or_there_are_several(self, number, said):
        assert wording.ngettext("%(num)s day", "%(num)s days", number) == said
        assert wording.ngettext("%(n)s day", "%(n)s days", number, n=number) == said

    def test_any_other_text_stays_as_it_is(self):
        assert wording.spoken("100 % {sure}") == "100 % {sure}"

    def test_what_flask_admin_says_is_said_in_our_voice(self):
        assert wording.spoken("Record was successfully saved.") == "Saved."

    def test_only_a_fields_own_errors_are_its_messages(self):
        assert wording.messages(["Wrong", say("Too long"), {"name": ["x"]}, ["y"]]) == [
            "Wrong",
            "Too long",
        ]
        assert wording.messages({"name": ["x"]}) == []


def test_a_clinic_without_settings_has_plain_ones():
    app = Flask("words")
    wording.init_app(app)
    with app.test_request_context("/"):
        assert wording.money(500) == "$5.00"
        assert wording.clock_time(NOW) == "15:24"
