from hypothesis import given
from hypothesis import strategies as st

from clinic.audit.rules import START, first_break, link

KEY = b"k" * 32
facts = st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=20)), min_size=1, max_size=4)
logs = st.lists(facts, min_size=1, max_size=12)


def chained(log, key=KEY):
    entries, before = [], START
    for number, said in enumerate(log, 1):
        own = link(key, said, before)
        entries.append((number, said, before, own))
        before = own
    return entries


@given(logs)
def test_a_log_that_nobody_touched_holds(log):
    assert first_break(KEY, chained(log)) is None


@given(logs, st.data())
def test_a_changed_entry_breaks_where_it_was_changed(log, data):
    entries = chained(log)
    at = data.draw(st.integers(0, len(entries) - 1))
    number, said, before, own = entries[at]
    entries[at] = (number, [*said, "more"], before, own)
    assert first_break(KEY, entries) == number


@given(logs, st.data())
def test_an_entry_taken_out_of_the_middle_is_missed(log, data):
    entries = chained([*log, ["last"]])
    at = data.draw(st.integers(0, len(entries) - 2))
    del entries[at]
    assert first_break(KEY, entries) == at + 2


@given(logs, st.data())
def test_two_entries_that_change_places_are_noticed(log, data):
    entries = chained([["first"], *log])
    one = data.draw(st.integers(0, len(entries) - 2))
    entries[one], entries[one + 1] = entries[one + 1], entries[one]
    assert first_break(KEY, entries) == one + 2


@given(logs, st.data())
def test_an_entry_put_in_is_noticed(log, data):
    entries = chained(log)
    at = data.draw(st.integers(0, len(entries) - 1))
    entries.insert(at, entries[at])
    assert first_break(KEY, entries) is not None


@given(logs, st.data())
def test_nobody_without_the_key_makes_the_hashes_again(log, data):
    entries = chained(log)
    at = data.draw(st.integers(0, len(entries) - 1))
    forged = chained([*log[:at], ["forged"], *log[at + 1 :]], key=b"x" * 32)
    assert first_break(KEY, entries[:at] + forged[at:]) == at + 1


def test_a_tail_cut_off_shows_only_against_a_known_head():
    entries = chained([["a"], ["b"], ["c"]])
    assert first_break(KEY, entries[:2]) is None
