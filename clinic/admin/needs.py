"""The back office's screens of late policies, of what rooms have, of kinds of equipment."""

from typing import Any

from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, NumberRange

from clinic.admin.base import ServiceModelView, Shown
from clinic.admin.catalogue import SECTION
from clinic.admin.fields import short
from clinic.admin.parts import Column, Deed, whether
from clinic.catalogue import services
from clinic.catalogue.models import CODE_MAX, EquipmentKind, LatePolicy, RoomFeature
from clinic.catalogue.rules import CUT_OFF
from clinic.core.errors import DomainError
from clinic.core.money import minor_from_text, text_from_minor
from clinic.core.permissions import Permission
from clinic.core.words import say
from clinic.web.fields import Whole
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import clinic_settings
from clinic.web.wording import lazy_gettext as _l

FEE_WORDS = {
    "none": _l("Nothing"),
    "percent": _l("Per cent of the price"),
    "amount": _l("An amount"),
}
DEFAULT = {True: (_l("The default"), "accent"), False: ""}
IN_USE = {True: (_l("In use"), "success"), False: (_l("Given up"), "")}
HOW_MUCH = _l("Per cent of the price, such as 50, or an amount, such as 40.00.")


class _Needs(ServiceModelView):
    section = SECTION
    read_permission, write_permission = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE


class _PolicyFields:
    name = StringField(_l("Name"), [DataRequired(_l("Enter a name.")), short(LatePolicy.NAME_MAX)])
    cut_off_hours = Whole(
        _l("Late within"),
        [
            InputRequired(_l("Enter hours, such as 24.")),
            NumberRange(*CUT_OFF, _l("Enter hours from 0 to 168.")),
        ],
        default=24,
        description=_l("Hours before the visit; who cancels later cancels late."),
    )
    late_kind = SelectField(_l("A late cancel costs"), choices=list(FEE_WORDS.items()))
    late_value = StringField(_l("How much, cancelled late"), [short(20)], description=HOW_MUCH)
    no_show_kind = SelectField(_l("A missed visit costs"), choices=list(FEE_WORDS.items()))
    no_show_value = StringField(_l("How much, missed"), [short(20)], description=HOW_MUCH)


class PolicyForm(_PolicyFields, VersionedForm):
    pass


class NewPolicyForm(_PolicyFields, ClinicForm):
    pass


def _value(kind: str, typed: str, field: str) -> int:
    """A percentage, or minor units of an amount. Raises DomainError for what is neither."""
    if kind == "none":
        return 0
    text = typed.strip().removesuffix("%").strip()
    if kind == "percent":
        if not (text.isascii() and text.isdigit() and len(text) < 4):
            raise DomainError(say("Enter a percentage from 0 to 100."), field=field)
        return int(text)
    try:
        return minor_from_text(text, clinic_settings().currency)
    except DomainError as error:
        raise DomainError(error.words, field=field) from None


def _values(values: dict[str, Any]) -> dict[str, Any]:
    for what in ("late", "no_show"):
        field = f"{what}_value"
        values[field] = _value(values[f"{what}_kind"], values[field], field)
    return values


def _write(**values: Any) -> Any:
    return services.write_late_policy(**_values(values))


def _amend(row: LatePolicy, **values: Any) -> None:
    services.amend_late_policy(row, **_values(values))


def _typed(kind: str, value: int) -> str:
    if kind == "amount":
        return text_from_minor(value, clinic_settings().currency)
    return str(value) if kind == "percent" else ""


class PoliciesAdmin(_Needs):
    model = LatePolicy
    slug, label, glyph = "late-policies", _l("Late policies"), "receipt"
    about = _l("What a late cancel and a missed visit cost. Booked visits keep what was agreed.")
    create_label = _l("New policy")
    title = (LatePolicy.name,)
    order = (LatePolicy.is_default.desc(), LatePolicy.name, LatePolicy.id)
    columns = (
        Column("name", _l("Name"), LatePolicy.name),
        Column("hours", _l("Late within, hours"), LatePolicy.cut_off_hours, "number"),
        Column(
            "late",
            _l("A late cancel costs"),
            LatePolicy.late_kind,
            "fee",
            small=LatePolicy.late_value,
        ),
        Column(
            "missed",
            _l("A missed visit costs"),
            LatePolicy.no_show_kind,
            "fee",
            small=LatePolicy.no_show_value,
        ),
        Column("default", _l("Default"), LatePolicy.is_default, "yes", DEFAULT),
        Column("state", _l("State"), LatePolicy.is_active, "yes", IN_USE),
    )
    filters = (whether(_l("In use"), LatePolicy.is_active.is_(True)),)
    form, new_form = PolicyForm, NewPolicyForm
    create_with, update_with = staticmethod(_write), staticmethod(_amend)
    deeds = (
        Deed("default", _l("Make default"), services.make_default, at=("default", (False,))),
        Deed("retire", _l("Give up"), services.retire_late_policy, at=("state", (True,))),
        Deed("restore", _l("Take up again"), services.restore_late_policy, at=("state", (False,))),
    )
    widths = {
        "name": "6", "cut_off_hours": "6", "late_kind": "6", "late_value": "6",
        "no_show_kind": "6", "no_show_value": "6",
    }  # fmt: skip

    def shown(self, row: LatePolicy) -> Any:
        return Shown(
            row,
            late_value=_typed(row.late_kind, row.late_value),
            no_show_value=_typed(row.no_show_kind, row.no_show_value),
        )


class _Named:
    name = StringField(_l("Name"), [DataRequired(_l("Enter a name.")), short(RoomFeature.NAME_MAX)])


class NeedForm(_Named, VersionedForm):
    pass


class NewNeedForm(_Named, ClinicForm):
    code = StringField(
        _l("Code"),
        [DataRequired(_l("Enter a code.")), short(CODE_MAX)],
        description=_l("Capitals, digits and underscores. It stays as it is."),
    )


class _Need(_Needs):
    """Both kinds of need look alike: a code and a name."""

    form, new_form = NeedForm, NewNeedForm
    update_with = staticmethod(services.rename_need)
    deeds = (
        Deed("retire", _l("Give up"), services.retire_need, at=("state", (True,))),
        Deed("restore", _l("Take up again"), services.restore_need, at=("state", (False,))),
    )
    widths = {"name": "6", "code": "6"}


class FeaturesAdmin(_Need):
    model = RoomFeature
    slug, label, glyph = "room-features", _l("Room features"), "home"
    about = _l("What a room may have and a service may need, such as a sink.")
    create_label = _l("New feature")
    title, order = (RoomFeature.name,), (RoomFeature.name, RoomFeature.id)
    columns = (
        Column("name", _l("Name"), RoomFeature.name, small=RoomFeature.code),
        Column("state", _l("State"), RoomFeature.is_active, "yes", IN_USE),
    )
    filters = (whether(_l("In use"), RoomFeature.is_active.is_(True)),)
    create_with = staticmethod(services.name_feature)


class KindsAdmin(_Need):
    model = EquipmentKind
    slug, label, glyph = "equipment-kinds", _l("Kinds of equipment"), "archive"
    about = _l("What a service or an add-on takes for its time, such as a hot-stone heater.")
    create_label = _l("New kind")
    title, order = (EquipmentKind.name,), (EquipmentKind.name, EquipmentKind.id)
    columns = (
        Column("name", _l("Name"), EquipmentKind.name, small=EquipmentKind.code),
        Column("state", _l("State"), EquipmentKind.is_active, "yes", IN_USE),
    )
    filters = (whether(_l("In use"), EquipmentKind.is_active.is_(True)),)
    create_with = staticmethod(services.name_equipment_kind)


SCREENS = (PoliciesAdmin, FeaturesAdmin, KindsAdmin)
