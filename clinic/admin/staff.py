"""The back office's screens of people, qualifications and licences."""

from datetime import timedelta
from typing import Any

from sqlalchemy import and_
from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Optional

from clinic.admin.base import ServiceModelView, Shown
from clinic.admin.fields import Pick, short
from clinic.admin.names import roles_held
from clinic.admin.parts import Choice, Column, Deed, until, whether
from clinic.core import clock
from clinic.core.permissions import Permission, Role
from clinic.practice.queries import the_practice
from clinic.staff import queries, services
from clinic.staff.forms import StaffForm
from clinic.staff.models import Qualification, StaffMember, StaffQualification
from clinic.web.fields import Day
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.pages import rows
from clinic.web.wording import ROLE_NAMES
from clinic.web.wording import lazy_gettext as _l

SECTION = _l("Staff")
ROLE_WORDS = {role.value: ROLE_NAMES[role] for role in Role}
HERE = {True: (_l("Works here"), "success"), False: (_l("Has left"), "")}


def today() -> Any:
    return clock.today(the_practice().zone)


def _amend(row: StaffMember, *, roles: list[str], **values: Any) -> None:
    services.amend(row, roles=frozenset(Role(role) for role in roles), **values)


class PeopleAdmin(ServiceModelView):
    model = StaffMember
    may_hurt = True
    slug, label, section, glyph = "people", _l("People"), SECTION, "id-badge-2"
    about = _l("Who works here, and in which roles.")
    create_label = _l("Invite somebody")
    read_permission, write_permission = Permission.STAFF_READ, Permission.STAFF_WRITE
    title, order = (StaffMember.name,), (StaffMember.name, StaffMember.id)
    columns = (
        Column("name", _l("Name"), StaffMember.name, "person", small=StaffMember.email),
        Column("phone", _l("Phone"), StaffMember.phone, "phone"),
        Column("roles", _l("Roles"), roles_held(), "tags", ROLE_WORDS),
        Column("state", _l("State"), queries.is_active(), "yes", HERE),
    )
    filters = (
        Choice(_l("Role"), ROLE_WORDS.items(), lambda value: queries.has_role(Role(value))),
        whether(_l("Works here"), queries.is_active()),
    )
    form, update_with = StaffForm, staticmethod(_amend)
    new_endpoint = "staff.invite"
    widths = {
        "name": "6",
        "email": "6",
        "phone": "6",
        "gender": "6",
        "hands_on_limit": "6",
        "is_lead": "6",
    }
    deeds = (
        Deed(
            "disable",
            _l("End access"),
            services.disable,
            _l("End access? They are signed out everywhere at once."),
            at=("state", (True,)),
        ),
        Deed("enable", _l("Let back in"), services.enable, at=("state", (False,))),
    )

    def shown(self, row: StaffMember) -> Any:
        return Shown(row, roles=sorted(role.value for role in row.roles))


class QualificationForm(ClinicForm):
    code = StringField(
        _l("Code"),
        [DataRequired(_l("Enter a code.")), short(Qualification.CODE_MAX)],
        description=_l("Short, such as LMT_LICENSE. Services name what they need by it."),
    )
    name = StringField(_l("Name"), [DataRequired(_l("Enter a name.")), short(120)])


class QualificationAdmin(ServiceModelView):
    model = Qualification
    slug, label, section, glyph = "qualifications", _l("Kinds of qualification"), SECTION, "list"
    about = _l("Licences, cover and trainings that a service may require.")
    create_label = _l("New kind")
    read_permission, write_permission = Permission.STAFF_READ, Permission.STAFF_WRITE
    title, order = (Qualification.name,), (Qualification.code,)
    columns = (
        Column("code", _l("Code"), Qualification.code, sort=(Qualification.code,)),
        Column("name", _l("Name"), Qualification.name),
    )
    form, create_with = QualificationForm, staticmethod(services.name_qualification)


class _Dates:
    number = StringField(_l("Number"), [short(60)])
    valid_from = Day(_l("Counts from"), [InputRequired(_l("Enter the day from which it counts."))])
    valid_until = Day(_l("Until"), [Optional()], description=_l("Leave empty if it has no end."))


class HeldForm(_Dates, VersionedForm):
    pass


class NewHeldForm(_Dates, ClinicForm):
    staff = Pick(_l("Person"), [InputRequired(_l("Choose a person."))])
    qualification = Pick(_l("Qualification"), [InputRequired(_l("Choose one."))])


def _qualify(*, staff: str, qualification: str, **values: Any) -> Any:
    member = queries.the_member(staff)
    return services.qualify(member, queries.the_qualification(qualification), **values)


def _revoke(row: StaffQualification, *, actor: Any) -> None:
    services.revoke(row, actor=actor, on=today())


def is_expiring() -> Any:
    """Criterion: it ends within 60 days, today among them, and was not taken away."""
    first = today()
    last = first + timedelta(days=60)
    return and_(
        StaffQualification.valid_until.between(first, last), StaffQualification.revoked_on.is_(None)
    )


EXPIRY = {"soon": _l("Within 60 days"), "past": _l("Expired")}


class HeldAdmin(ServiceModelView):
    model = StaffQualification
    may_hurt = True
    slug, label, section = "licences", _l("Licences and trainings"), SECTION
    glyph = "certificate"
    about = _l("What each person holds, and until when it counts.")
    create_label = _l("Record one")
    read_permission, write_permission = Permission.STAFF_READ, Permission.STAFF_WRITE
    joins = (StaffQualification.staff, StaffQualification.qualification)
    title = (StaffMember.name, Qualification.name)
    order = (StaffMember.name, Qualification.name, StaffQualification.id)
    columns = (
        Column("person", _l("Person"), StaffMember.name),
        Column("what", _l("Qualification"), Qualification.name),
        Column("number", _l("Number"), StaffQualification.number),
        Column("valid_from", _l("Counts from"), StaffQualification.valid_from, "day"),
        Column("valid_until", _l("Expires"), StaffQualification.valid_until, "expiry"),
        Column("revoked_on", _l("Taken away"), StaffQualification.revoked_on, "day"),
    )
    filters = (
        Choice(
            _l("Expires"),
            EXPIRY.items(),
            lambda value: (
                is_expiring() if value == "soon" else StaffQualification.valid_until < today()
            ),
        ),
        until(_l("Expires"), StaffQualification.valid_until),
        whether(_l("Works here"), queries.is_active()),
    )
    form, new_form = HeldForm, NewHeldForm
    create_with, update_with = staticmethod(_qualify), staticmethod(services.requalify)
    widths = {
        "staff": "6",
        "qualification": "6",
        "number": "4",
        "valid_from": "4",
        "valid_until": "4",
    }
    deeds = (Deed("revoke", _l("Take away"), _revoke, _l("Take this away from today on?")),)

    def choices(self, form: Any, row: Any = None) -> None:
        if "staff" in form:
            form.staff.offer([(one.public_id, one.name) for one in rows(queries.everyone())])
            kinds = rows(queries.qualifications())
            form.qualification.offer([(one.public_id, one.name) for one in kinds])


SCREENS = (PeopleAdmin, HeldAdmin, QualificationAdmin)
