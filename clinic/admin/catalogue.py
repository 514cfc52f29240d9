"""The back office's screens of services, lengths, prices, add-ons and techniques."""

from typing import Any

from sqlalchemy import String, cast, func
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from clinic.admin.base import ServiceModelView, Shown
from clinic.admin.fields import Pick, short
from clinic.admin.parts import Column, Deed, one_of, since, until, whether
from clinic.catalogue import queries, services
from clinic.catalogue.models import (
    CODE_MAX,
    MINUTES,
    AddOn,
    Price,
    Service,
    ServiceVariant,
    Technique,
)
from clinic.catalogue.queries import needs
from clinic.catalogue.rules import LIMITS
from clinic.core.permissions import Permission
from clinic.staff.models import Qualification
from clinic.staff.queries import qualifications
from clinic.web.fields import Day, Money, Whole
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.pages import records, rows
from clinic.web.wording import gettext
from clinic.web.wording import lazy_gettext as _l

SECTION = _l("Catalogue")
FAMILY_WORDS = {
    "therapeutic": _l("Therapeutic"),
    "deep": _l("Deep tissue"),
    "relaxation": _l("Relaxation"),
    "prenatal": _l("Prenatal"),
    "lymphatic": _l("Lymphatic"),
    "assessment": _l("Assessment"),
}
OFFERED = {True: (_l("Offered"), "success"), False: (_l("Not offered"), "")}
NEEDED = {True: (_l("Needs a referral"), "info"), False: ""}


class _Catalogue(ServiceModelView):
    section = SECTION
    read_permission, write_permission = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE


def _code() -> StringField:
    return StringField(
        _l("Code"),
        [DataRequired(_l("Enter a code.")), short(CODE_MAX)],
        description=_l("Capitals, digits and underscores. It stays as it is."),
    )


def _name(most: int) -> StringField:
    return StringField(_l("Name"), [DataRequired(_l("Enter a name.")), short(most)])


def _figure(label: Any, name: str, hint: Any = "") -> Whole:
    low, high = LIMITS[name]
    message = _l("Enter a whole number from %(low)s to %(high)s.", low=low, high=high)
    checks = [InputRequired(message), NumberRange(low, high, message=message)]
    return Whole(label, checks, description=hint)


class _ServiceFields:
    name = _name(Service.NAME_MAX)
    family = SelectField(_l("Family"), choices=list(FAMILY_WORDS.items()))
    note = TextAreaField(_l("What it is"), [short(Service.NOTE_MAX)])
    buffer_before = _figure(_l("Minutes before"), "buffer_before", _l("The room is taken as well."))
    buffer_after = _figure(_l("Minutes after"), "buffer_after", _l("The room is taken as well."))
    max_pressure = _figure(_l("Highest pressure"), "max_pressure", _l("From 1 to 5."))
    hands_on_percent = _figure(
        _l("Hands-on weight"), "hands_on_percent", _l("Per cent. Deep work counts 125.")
    )
    requires = SelectMultipleField(_l("Therapists need"), choices=[])
    techniques = SelectMultipleField(_l("Techniques"), choices=[])
    primary = SelectMultipleField(_l("Leading techniques"), choices=[])
    features = SelectMultipleField(_l("The room has"), choices=[])
    equipment = SelectMultipleField(
        _l("Equipment"), choices=[], description=_l("One piece of each is taken for its time.")
    )
    late_policy = Pick(
        _l("Late cancels and missed visits"), [Optional()], nothing=_l("The default")
    )
    position = _figure(_l("Place in the list"), "position")
    needs_referral = BooleanField(_l("Booked only with a referral"))


class ServiceForm(_ServiceFields, VersionedForm):
    pass


class NewServiceForm(_ServiceFields, ClinicForm):
    code = _code()


class ServicesAdmin(_Catalogue):
    model = Service
    may_hurt = True
    slug, label, glyph = "services", _l("Services"), "massage"
    about = _l("What can be booked, with the time around it.")
    create_label = _l("New service")
    title, order = (Service.name,), (Service.position, Service.name, Service.id)
    columns = (
        Column("name", _l("Name"), Service.name, small=Service.code),
        Column("family", _l("Family"), Service.family, "tag", FAMILY_WORDS),
        Column("before", _l("Before"), Service.buffer_before, "number"),
        Column("after", _l("After"), Service.buffer_after, "number"),
        Column("referral", _l("Referral"), Service.needs_referral, "yes", NEEDED),
        Column("state", _l("State"), Service.is_active, "yes", OFFERED),
    )
    more = (
        Column("note", _l("What it is"), Service.note),
        Column("max_pressure", _l("Highest pressure"), Service.max_pressure, "number"),
        Column("hands_on", _l("Hands-on weight"), Service.hands_on_percent, "number"),
    )
    filters = (
        one_of(_l("Family"), Service.family, FAMILY_WORDS),
        whether(_l("Offered"), Service.is_active.is_(True)),
    )
    form, new_form = ServiceForm, NewServiceForm
    create_with = staticmethod(services.offer_service)
    update_with = staticmethod(services.amend_service)
    widths = {
        "code": "6", "name": "6", "family": "6", "position": "6", "buffer_before": "3",
        "buffer_after": "3", "max_pressure": "3", "hands_on_percent": "3",
        "late_policy": "6",
    }  # fmt: skip
    deeds = (
        Deed("retire", _l("Offer no more"), services.retire_service, at=("state", (True,))),
        Deed("restore", _l("Offer again"), services.restore_service, at=("state", (False,))),
    )

    def choices(self, form: Any, row: Any = None) -> None:
        known = [(one.code, one.name) for one in rows(queries.techniques())]
        form.techniques.choices = form.primary.choices = known
        form.requires.choices = [(one.code, one.name) for one in rows(qualifications())]
        form.features.choices = [(one.code, one.name) for one in rows(needs.room_features())]
        form.equipment.choices = [(one.code, one.name) for one in rows(needs.equipment_kinds())]
        form.late_policy.offer([(one.public_id, one.name) for one in rows(needs.late_policies())])

    def shown(self, row: Service) -> Any:
        return Shown(
            row,
            requires=[one.qualification.code for one in row.requirements],
            techniques=[one.technique.code for one in row.techniques],
            primary=[one.technique.code for one in row.techniques if one.is_primary],
            features=[one.feature.code for one in row.features],
            equipment=[one.kind.code for one in row.equipment],
            late_policy=row.late_policy.public_id if row.late_policy else "",
        )


class LengthForm(ClinicForm):
    service = Pick(_l("Service"), [InputRequired(_l("Choose a service."))])
    minutes = SelectField(
        _l("Length"),
        choices=[(minutes, _l("%(minutes)s minutes", minutes=minutes)) for minutes in MINUTES],
        coerce=int,
    )
    amount_minor = Money(_l("Price"), [InputRequired(_l("Enter an amount, such as 85.00."))])
    effective_from = Day(_l("From"), [Optional()], description=_l("Today, if left empty."))


def _offer_length(*, service: str, **values: Any) -> Any:
    return services.offer_length(queries.the_service(service), **values)


def _minutes() -> Any:
    return cast(ServiceVariant.minutes, String)


class LengthsAdmin(_Catalogue):
    model = ServiceVariant
    slug, label, glyph = "lengths", _l("Lengths"), "clock"
    about = _l("How long each service can be booked for.")
    create_label = _l("New length")
    joins = (ServiceVariant.service,)
    title = (Service.name, _minutes())
    order = (Service.position, Service.name, Service.id, ServiceVariant.minutes)
    columns = (
        Column("service", _l("Service"), Service.name),
        Column("minutes", _l("Minutes"), ServiceVariant.minutes, "number"),
        Column("state", _l("State"), ServiceVariant.is_active, "yes", OFFERED),
    )
    filters = (whether(_l("Offered"), ServiceVariant.is_active.is_(True)),)
    new_form, create_with = LengthForm, staticmethod(_offer_length)
    deeds = (
        Deed("withdraw", _l("Offer no more"), services.withdraw_length, at=("state", (True,))),
        Deed("resume", _l("Offer again"), services.resume_length, at=("state", (False,))),
    )
    widths = {"service": "6", "minutes": "6", "amount_minor": "6", "effective_from": "6"}

    def choices(self, form: Any, row: Any = None) -> None:
        form.service.offer([(one.public_id, one.name) for one in rows(queries.services())])


class _PriceFields:
    amount_minor = Money(_l("Price"), [InputRequired(_l("Enter an amount, such as 85.00."))])
    effective_from = Day(_l("From"), [InputRequired(_l("Enter the first day of this price."))])


class PriceForm(_PriceFields, VersionedForm):
    pass


class NewPriceForm(_PriceFields, ClinicForm):
    thing = Pick(_l("Of what"), [InputRequired(_l("Choose a length or an add-on."))])


def _set_price(*, thing: str, **values: Any) -> Any:
    kind, _, public_id = thing.partition(":")
    find = queries.the_add_on if kind == "add_on" else queries.the_variant
    return services.set_price(find(public_id), **values)


class PricesAdmin(_Catalogue):
    model = Price
    slug, label, glyph = "prices", _l("Prices"), "cash"
    about = _l("What each length and add-on costs, from which day on.")
    create_label = _l("New price")
    outer_joins = (
        (ServiceVariant, ServiceVariant.id == Price.variant_id),
        (Service, Service.id == ServiceVariant.service_id),
        (AddOn, AddOn.id == Price.add_on_id),
    )
    title = (func.coalesce(Service.name, AddOn.name), cast(Price.effective_from, String))
    order = (Price.effective_from.desc(), Price.id.desc())
    columns = (
        Column("what", _l("Of what"), func.coalesce(Service.name, AddOn.name)),
        Column("minutes", _l("Minutes"), ServiceVariant.minutes, "number"),
        Column("amount", _l("Price"), Price.amount_minor, "money"),
        Column("since", _l("From"), Price.effective_from, "day", sort=(Price.effective_from,)),
    )
    filters = (
        since(_l("From"), Price.effective_from),
        until(_l("From"), Price.effective_from),
        whether(_l("Of an add-on"), Price.add_on_id.is_not(None)),
    )
    form, new_form = PriceForm, NewPriceForm
    create_with, update_with = staticmethod(_set_price), staticmethod(services.change_price)
    deeds = (
        Deed(
            "withdraw", _l("Withdraw"), services.withdraw_price,
            _l("Withdraw this price? The one before it goes on."),
        ),
    )  # fmt: skip
    widths = {"amount_minor": "6", "effective_from": "6"}

    def choices(self, form: Any, row: Any = None) -> None:
        if "thing" not in form:
            return
        lengths = [
            (
                f"length:{row.public_id}",
                gettext("%(name)s, %(minutes)s min", name=row.name, minutes=row.minutes),
            )
            for row in records(queries.lengths_by_name())
        ]
        extra = [(f"add_on:{one.public_id}", one.name) for one in rows(queries.add_ons())]
        form.thing.offer([*lengths, *extra])


class _AddOnFields:
    name = _name(AddOn.NAME_MAX)
    extra_minutes = Whole(
        _l("Extra minutes"),
        [InputRequired(_l("Enter minutes, or 0.")), NumberRange(0, 60, _l("Enter 0 to 60."))],
    )
    technique = Pick(_l("Technique"), [Optional()], nothing=_l("None"))
    qualification = Pick(_l("Therapists need"), [Optional()], nothing=_l("Nothing more"))
    equipment = Pick(_l("Equipment"), [Optional()], nothing=_l("None"))


class AddOnForm(_AddOnFields, VersionedForm):
    pass


class NewAddOnForm(_AddOnFields, ClinicForm):
    code = _code()
    amount_minor = Money(_l("Price"), [InputRequired(_l("Enter an amount, such as 10.00."))])


class AddOnsAdmin(_Catalogue):
    model = AddOn
    slug, label, glyph = "add-ons", _l("Add-ons"), "plus"
    about = _l("What can be added to a visit.")
    create_label = _l("New add-on")
    outer_joins = (AddOn.technique, AddOn.qualification)
    title, order = (AddOn.name,), (AddOn.code,)
    columns = (
        Column("name", _l("Name"), AddOn.name, small=AddOn.code),
        Column("minutes", _l("Extra minutes"), AddOn.extra_minutes, "number"),
        Column("technique", _l("Technique"), Technique.name),
        Column("needs", _l("Therapists need"), Qualification.name),
        Column("state", _l("State"), AddOn.is_active, "yes", OFFERED),
    )
    filters = (whether(_l("Offered"), AddOn.is_active.is_(True)),)
    form, new_form = AddOnForm, NewAddOnForm
    create_with = staticmethod(services.offer_add_on)
    update_with = staticmethod(services.amend_add_on)
    deeds = (
        Deed("retire", _l("Offer no more"), services.retire_add_on, at=("state", (True,))),
        Deed("restore", _l("Offer again"), services.restore_add_on, at=("state", (False,))),
    )
    widths = {
        "name": "6",
        "extra_minutes": "6",
        "technique": "6",
        "qualification": "6",
        "equipment": "6",
        "code": "6",
        "amount_minor": "6",
    }

    def choices(self, form: Any, row: Any = None) -> None:
        form.technique.offer([(one.code, one.name) for one in rows(queries.techniques())])
        form.qualification.offer([(one.code, one.name) for one in rows(qualifications())])
        form.equipment.offer([(one.code, one.name) for one in rows(needs.equipment_kinds())])

    def shown(self, row: AddOn) -> Any:
        return Shown(
            row,
            technique=row.technique.code if row.technique else "",
            qualification=row.qualification.code if row.qualification else "",
            equipment=row.equipment_kind.code if row.equipment_kind else "",
        )


class _TechniqueFields:
    name = _name(Technique.NAME_MAX)
    is_vigorous = BooleanField(_l("Vigorous work"))


class TechniqueForm(_TechniqueFields, VersionedForm):
    pass


class NewTechniqueForm(_TechniqueFields, ClinicForm):
    code = _code()


VIGOROUS = {True: (_l("Vigorous"), "warning"), False: ""}


class TechniquesAdmin(_Catalogue):
    model = Technique
    slug, label, glyph = "techniques", _l("Techniques"), "hand-stop"
    about = _l("Ways of working that services are made of.")
    create_label = _l("New technique")
    title, order = (Technique.name,), (Technique.code,)
    columns = (
        Column("name", _l("Name"), Technique.name, small=Technique.code),
        Column("vigorous", _l("Manner"), Technique.is_vigorous, "yes", VIGOROUS),
        Column("state", _l("State"), Technique.is_active, "yes", OFFERED),
    )
    filters = (whether(_l("Offered"), Technique.is_active.is_(True)),)
    form, new_form = TechniqueForm, NewTechniqueForm
    create_with = staticmethod(services.name_technique)
    update_with = staticmethod(services.amend_technique)
    deeds = (
        Deed("retire", _l("Give up"), services.retire_technique, at=("state", (True,))),
        Deed("restore", _l("Take up again"), services.restore_technique, at=("state", (False,))),
    )


SCREENS = (ServicesAdmin, LengthsAdmin, PricesAdmin, AddOnsAdmin, TechniquesAdmin)
