import shutil

import pytest
from sqlalchemy import func, select

from clinic.audit import services as audit
from clinic.audit.queries import changes_of, values_of
from clinic.clients import services as clients
from clinic.clients.models import Client, Phone, SearchTerm
from clinic.core.db import db
from clinic.core.errors import Conflict, NotAllowed, NotFound
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import refresh, transaction
from clinic.core.vault import HOUSE, SubjectKey
from clinic.directory.models import Organisation, Provider, ProviderAt
from clinic.health.models import FactSheet, HealthFact
from clinic.imports import queries, services
from clinic.imports.services import undoing
from tests.factories import imports as made
from tests.factories import referrals, scheduling, staff
from tests.factories.clients import a_client

WRITTEN = (
    Client, Phone, SearchTerm, HealthFact, FactSheet, Provider, ProviderAt, Organisation,
)  # fmt: skip


def counts() -> list[int]:
    refresh()
    return [db.session.scalar(select(func.count()).select_from(model)) for model in WRITTEN]


def keys() -> int:
    refresh()
    asked = select(func.count()).select_from(SubjectKey).where(SubjectKey.subject != HOUSE)
    return db.session.scalar(asked)


def person(last: str) -> Client:
    return db.session.scalars(select(Client).where(Client.last_name == last)).one()


def undo(number: int = 1):
    return services.undo(number, actor=SYSTEM)


@pytest.fixture(autouse=True)
def _inside(inside):
    """Every test here works inside the application."""


def test_an_undone_folder_leaves_nothing_but_the_log(inside):
    made.read_folder()
    undone = undo()
    assert undone.removed == {"client": 4, "history": 19, "provider": 3, "organisation": 2}
    assert (counts(), keys()) == ([0] * len(WRITTEN), 0)
    assert all(one.broken_at is None for one in audit.verify(inside.extensions["access"]))
    with pytest.raises(Conflict):
        undo()


def test_the_log_keeps_that_somebody_was_here_and_not_who(tmp_path):
    made.read(made.many(tmp_path, 1))
    public_id = person("Ashton").public_id
    entries = list(db.session.scalars(changes_of("client", public_id)))
    assert "Ashton" in values_of(entries[0])["last_name"]
    undo()
    refresh()
    entries = list(db.session.scalars(changes_of("client", public_id)))
    assert [entry.kind for entry in entries] == ["removed", "added"]
    assert [values_of(entry) for entry in entries] == [{}, {}]


def test_what_is_undone_can_be_read_in_again_under_new_numbers():
    made.read_folder()
    old = set(db.session.scalars(select(Client.number)))
    undo()
    assert made.read_folder().written == 30
    assert old.isdisjoint(db.session.scalars(select(Client.number)))


def test_clients_with_visits_or_orders_stay_and_so_does_who_sent_them(tmp_path):
    house = scheduling.open_house()
    folder = shutil.copytree(made.SYNTHEA, tmp_path / "folder")
    lines = folder / "conditions.csv"
    lines.write_bytes(lines.read_bytes().replace(b"72892002,Normal pregnancy", b"1,Prediabetes"))
    made.read_folder(folder)
    visitor, sent = person("Nguyễn"), person("Óskarsdóttir332")
    scheduling.book(house, client=visitor)
    provider = db.session.scalars(select(Provider).where(Provider.last_name == "Ishikawa")).one()
    referrals.order(sent, provider)
    numbers = {visitor.number: "visit", sent.number: "referral"}
    undone = undo()
    kept = {one.name: one.why for one in undone.kept if one.kind == "client"}
    assert kept.keys() == numbers.keys()
    assert all(numbers[name] in why for name, why in kept.items())
    assert {one.kind for one in undone.kept} == {"client", "provider", "organisation"}
    assert undone.removed == {"client": 2, "history": 6, "provider": 2, "organisation": 1}
    refresh()
    line = db.session.scalars(select(HealthFact).where(HealthFact.client_id == sent.id)).first()
    assert "text" in line.details  # still opens with the client's key


def test_an_amended_client_stays():
    made.read_folder()
    with transaction():
        clients.amend(person("Nguyễn"), actor=SYSTEM, phones=[], first_name="Lan")
    assert [one.why for one in undo().kept] == [("amended",)]
    assert person("Nguyễn").first_name == "Lan"


def test_a_merged_client_stays_and_so_does_one_in_somebody_s_care():
    made.read_folder()
    known = a_client("Grace Nakamura")
    member = staff.member()
    with transaction():
        clients.merge(known, person("Nguyễn"), actor=SYSTEM)
        clients.join_care(person("O'Dea6"), member.id, actor=SYSTEM)
    whys = sorted(one.why for one in undo().kept)
    assert [why[-1] for why in whys] == ["amended", "care_team_member"]


def test_a_later_import_s_lines_go_alone_and_hold_the_client_until_then(tmp_path):
    made.read_folder()
    folder = shutil.copytree(made.SYNTHEA, tmp_path / "later")
    lines = folder / "conditions.csv"
    lines.write_bytes(lines.read_bytes().replace(b"59621000,Hypertension", b"1,Another one"))
    made.read_folder(folder)
    first = undo(1)
    assert [(one.kind, one.why) for one in first.kept] == [("client", ("health_fact",))]
    assert undo(2).removed == {"history": 1}
    assert undo(1).removed == {"client": 1, "history": 5}
    assert counts() == [0] * len(WRITTEN)


def test_an_undo_that_was_interrupted_goes_on(monkeypatch, tmp_path):
    made.read(made.many(tmp_path, 250))
    forget = undoing.forget

    def stop(*args, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(undoing, "forget", stop)
    with pytest.raises(KeyboardInterrupt):
        undo()
    monkeypatch.setattr(undoing, "forget", forget)
    assert [one.state for one in queries.imports()] == ["undoing"]
    assert keys() == 250
    undo()
    assert (counts(), keys()) == ([0] * len(WRITTEN), 0)


def test_an_import_that_is_being_undone_writes_no_more(tmp_path, monkeypatch):
    told = services.write.__globals__["_tell"]

    def tell_and_undo(outcome, tally, report):
        told(outcome, tally, report)
        if report.import_id:
            services.undo(report.import_id, actor=SYSTEM)

    monkeypatch.setitem(services.write.__globals__, "_tell", tell_and_undo)
    with pytest.raises(Conflict):
        made.read(made.many(tmp_path, 250))
    assert counts() == [0] * len(WRITTEN)


def test_only_the_owner_and_the_console_may_take_back(tmp_path):
    made.read(made.many(tmp_path, 1))
    with pytest.raises(NotAllowed):
        services.undo(1, actor=staff.receptionist())
    with pytest.raises(NotFound):
        undo(99)
