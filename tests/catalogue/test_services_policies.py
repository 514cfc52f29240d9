"""Late policies, and what services need: as the owner writes them."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from clinic.catalogue import services
from clinic.catalogue.models import LatePolicy
from clinic.catalogue.queries import facts_of, needs
from clinic.core.db import db
from clinic.core.errors import Conflict, DomainError, NotAllowed, StaleEdit
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from tests.factories import catalogue
from tests.factories import staff as people


def policy(name: str = "A day", hours: int = 24, **more: object) -> LatePolicy:
    with transaction():
        return services.write_late_policy(actor=SYSTEM, name=name, cut_off_hours=hours, **more)


def defaults() -> list[str]:
    return list(db.session.scalars(select(LatePolicy.name).where(LatePolicy.is_default)))


def test_the_first_policy_is_the_default_and_the_next_is_not(inside: Flask) -> None:
    assert policy().is_default
    assert not policy("Two days", 48).is_default


def test_making_one_default_unmakes_the_other(inside: Flask) -> None:
    policy()
    other = policy("Two days", 48)
    with transaction():
        services.make_default(other, actor=SYSTEM)
    assert defaults() == ["Two days"]


def by_hand(other: LatePolicy) -> None:
    """Make it the default as well, past the service that unmakes the other."""
    with writing("test", SYSTEM):
        other.is_default = True
        db.session.flush()


def test_the_database_itself_refuses_two_defaults(inside: Flask) -> None:
    policy()
    other = policy("Two days", 48)
    with pytest.raises(IntegrityError), transaction():
        by_hand(other)


def test_the_default_cannot_be_given_up(inside: Flask) -> None:
    only = policy()
    with pytest.raises(Conflict, match="another policy the default"), transaction():
        services.retire_late_policy(only, actor=SYSTEM)


def test_a_policy_given_up_cannot_become_the_default(inside: Flask) -> None:
    policy()
    other = policy("Two days", 48)
    with transaction():
        services.retire_late_policy(other, actor=SYSTEM)
    with pytest.raises(Conflict, match="given up"), transaction():
        services.make_default(other, actor=SYSTEM)
    with transaction():
        services.restore_late_policy(other, actor=SYSTEM)
        services.make_default(other, actor=SYSTEM)
    assert defaults() == ["Two days"]


def test_a_policy_that_services_name_cannot_be_given_up(inside: Flask) -> None:
    policy()
    other = policy("Two days", 48)
    service = catalogue.service(late_policy=other.public_id)
    with pytest.raises(Conflict, match="Swedish"), transaction():
        services.retire_late_policy(other, actor=SYSTEM)
    with transaction():
        services.amend_service(service, actor=SYSTEM, late_policy="")
        services.retire_late_policy(other, actor=SYSTEM)
    assert not other.is_active


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"hours": 169}, "cut_off_hours"),
        ({"hours": -1}, "cut_off_hours"),
        ({"late_kind": "percent", "late_value": 101}, "late_value"),
        ({"late_kind": "amount", "late_value": -1}, "late_value"),
        ({"no_show_kind": "amount", "no_show_value": 100_000_001}, "no_show_value"),
        ({"no_show_kind": "all"}, "no_show_kind"),
        ({"name": "  "}, "name"),
    ],
)
def test_what_no_policy_can_say_is_refused(inside: Flask, facts: dict, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        policy(**facts)
    assert refused.value.field == field
    assert db.session.scalar(select(func.count(LatePolicy.id))) == 0


def test_two_policies_need_two_names(inside: Flask) -> None:
    policy()
    with pytest.raises(Conflict) as refused:
        policy()
    assert refused.value.field == "name"


def test_a_fee_of_nothing_has_no_value(inside: Flask) -> None:
    free = policy(late_kind="none", late_value=50)
    assert free.late_value == 0


def test_a_policy_is_amended_and_an_old_form_is_stale(inside: Flask) -> None:
    one, facts = policy(), {
        "name": "A day", "cut_off_hours": 12, "late_kind": "percent", "late_value": 50,
        "no_show_kind": "amount", "no_show_value": 4000,
    }  # fmt: skip
    version = one.version
    with transaction():
        services.amend_late_policy(one, actor=SYSTEM, version=version, **facts)
    assert (one.cut_off_hours, one.late_value, one.no_show_value) == (12, 50, 4000)
    with pytest.raises(StaleEdit), transaction():
        services.amend_late_policy(one, actor=SYSTEM, version=version, **facts)


def test_only_who_writes_the_catalogue_writes_policies(inside: Flask) -> None:
    desk = people.receptionist()
    with pytest.raises(NotAllowed), transaction():
        services.write_late_policy(actor=desk, name="Mine", cut_off_hours=1)


def test_a_service_says_what_it_needs_and_unlearns_it(inside: Flask) -> None:
    with transaction():
        services.name_feature(actor=SYSTEM, code="SINK", name="Sink")
        services.name_feature(actor=SYSTEM, code="QUIET", name="Quiet")
        services.name_equipment_kind(actor=SYSTEM, code="HEATER", name="Heater")
    service = catalogue.service(features=("SINK", "QUIET"), equipment=("HEATER",))
    with transaction():
        services.amend_service(service, actor=SYSTEM, features=("QUIET",), equipment=())
    facts = facts_of(service)
    assert (facts["features"], facts["equipment"]) == (["QUIET"], [])


def test_leaving_a_list_out_leaves_it_as_it_is(inside: Flask) -> None:
    with transaction():
        services.name_feature(actor=SYSTEM, code="SINK", name="Sink")
    service = catalogue.service(features=("SINK",))
    with transaction():
        services.amend_service(service, actor=SYSTEM, name="Another name")
    assert facts_of(service)["features"] == ["SINK"]


@pytest.mark.parametrize("field", ["features", "equipment"])
def test_an_unknown_need_is_refused(inside: Flask, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        catalogue.service(**{field: ("NONE_SUCH",)})
    assert refused.value.field == field


def test_two_needs_have_two_codes_and_two_names(inside: Flask) -> None:
    for name in (services.name_feature, services.name_equipment_kind):
        with transaction():
            name(actor=SYSTEM, code="ONE", name="One")
        for code, called, field in (("ONE", "Other", "code"), ("OTHER", "One", "name")):
            with pytest.raises(Conflict) as refused, transaction():
                name(actor=SYSTEM, code=code, name=called)
            assert refused.value.field == field


def test_a_need_is_renamed_given_up_and_taken_up_again(inside: Flask) -> None:
    with transaction():
        sink = services.name_feature(actor=SYSTEM, code="SINK", name="Sink")
    with transaction():
        services.rename_need(sink, actor=SYSTEM, name="Wash basin", version=sink.version)
        services.retire_need(sink, actor=SYSTEM)
    assert (sink.name, sink.is_active) == ("Wash basin", False)
    with transaction():
        services.restore_need(sink, actor=SYSTEM)
    assert sink.is_active


def test_an_add_on_takes_a_kind_of_equipment(inside: Flask) -> None:
    with transaction():
        services.name_equipment_kind(actor=SYSTEM, code="HEATER", name="Heater")
        stones = services.offer_add_on(
            actor=SYSTEM, code="ADD_STONES", name="Stones", equipment="HEATER"
        )
    assert stones.equipment_kind is not None
    assert stones.equipment_kind.name == "Heater"


def test_the_starter_brings_a_default_policy_once(inside: Flask) -> None:
    catalogue.starter()
    default = needs.default_policy()
    assert default is not None
    assert (default.cut_off_hours, default.late_kind, default.late_value) == (24, "percent", 50)
    assert (default.no_show_kind, default.no_show_value) == ("percent", 100)
    catalogue.starter()
    assert db.session.scalar(select(func.count(LatePolicy.id))) == 1
