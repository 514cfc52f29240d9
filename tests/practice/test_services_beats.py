"""When the clinic's own machinery last ran, and when that is too long ago."""

import os
from datetime import timedelta

import pytest

from clinic.cli import sweeping
from clinic.core import cabinet
from clinic.core.clock import now, rehearsed
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import refresh, transaction
from clinic.practice.queries import heartbeats, set_up_at
from clinic.practice.rules import OFTEN_ENOUGH, OUTBOX, SWEEP, Beat, is_late
from clinic.practice.services import DID_MAX, beat, settle
from tests.factories import staff
from tests.factories.files import a_file


def kept(name=SWEEP):
    """What a page that is asked for now would see."""
    refresh()
    return heartbeats()[name]


def test_what_never_ran_is_there_too(inside):
    assert heartbeats() == {SWEEP: Beat(SWEEP), OUTBOX: Beat(OUTBOX)}


def test_a_run_leaves_when_it_began_when_it_ended_and_what_it_did(inside):
    with beat(SWEEP) as beating:
        under_way = kept()
        beating.did = "3 things" + "x" * 400
    assert (under_way.ended_at, under_way.outcome) == (None, "")
    after = kept()
    assert under_way.began_at <= after.ended_at
    assert after.outcome == "done"
    assert after.did == ("3 things" + "x" * 400)[:DID_MAX]
    assert kept(OUTBOX) == Beat(OUTBOX)


def test_while_the_next_run_is_under_way_the_last_ones_end_stands(inside):
    with beat(SWEEP):
        pass
    ended = kept().ended_at
    with rehearsed(now() + timedelta(minutes=5)), beat(SWEEP):
        assert kept().ended_at == ended
        assert kept().began_at > ended


def test_a_run_that_fails_is_kept_with_its_kind_and_no_message(inside):
    with pytest.raises(ValueError, match="canary"), beat(SWEEP):
        raise ValueError("canary of a client")
    failed = kept()
    assert failed.has_failed
    assert failed.did == "ValueError"


def test_a_run_is_kept_though_what_it_did_was_not(inside):
    staff.set_up()
    with pytest.raises(RuntimeError), beat(SWEEP):
        _fail_within()
    assert kept().has_failed


def _fail_within():
    with transaction():
        settle(actor=SYSTEM, name="Another")
        raise RuntimeError


@pytest.mark.parametrize("name", [SWEEP, OUTBOX])
def test_it_is_late_once_it_did_not_end_for_long_enough(name):
    moment, most = now(), OFTEN_ENOUGH[name]
    ended = Beat(name, moment, moment, "done")
    assert not is_late(ended, moment + most, None)
    assert is_late(ended, moment + most + timedelta(seconds=1), None)


def test_of_a_new_clinic_nothing_is_owed_and_of_an_older_one_it_is():
    moment = now()
    never = Beat(SWEEP)
    assert not is_late(never, moment, None)
    assert not is_late(never, moment, moment - timedelta(hours=3))
    assert is_late(never, moment, moment - timedelta(hours=27))


def test_when_a_clinic_was_set_up_is_known(inside):
    assert set_up_at() is None
    staff.set_up()
    assert now() - set_up_at() < timedelta(minutes=5)


def test_a_sweep_leaves_its_heartbeat(inside):
    said = inside.test_cli_runner().invoke(args=["sweep"])
    assert said.exit_code == 0
    assert kept().outcome == "done"
    assert "kept times ran out" in kept().did


def test_a_step_that_fails_stops_no_other_and_is_said(inside, monkeypatch, caplog):
    def breaks() -> sweeping.Did:
        raise RuntimeError("canary of a client")

    monkeypatch.setattr(sweeping, "STEPS", (breaks, *sweeping.STEPS))
    said = inside.test_cli_runner().invoke(args=["sweep"])
    assert said.exit_code == 1
    assert "kept times ran out" in said.output
    assert kept().has_failed
    assert kept().did.startswith("not done: breaks;")
    assert "breaks failed, RuntimeError" in caplog.text
    assert "canary" not in caplog.text + said.output + kept().did


def test_a_sweep_removes_what_a_failed_transaction_left_on_the_disk(inside):
    kept = a_file()
    orphan = cabinet.path_of(cabinet.put(b"sealed, and named by nobody"))
    then = (now() - timedelta(hours=25)).timestamp()
    for path in (orphan, cabinet.path_of(kept.kept_as)):
        os.utime(path, (then, then))
    said = inside.test_cli_runner().invoke(args=["sweep"])
    assert "files: 1 that no document names removed" in said.output
    assert not orphan.exists()
    assert cabinet.path_of(kept.kept_as).exists()
