"""What the page of a booking asks."""

from typing import Any
from urllib.parse import urlencode

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, Regexp

from clinic.scheduling.queries.booking_page import BookingPage, Chosen
from clinic.scheduling.rules import NOTE_MAX, PARTS
from clinic.web.forms import ClinicForm, clean
from clinic.web.wording import lazy_gettext as _l

TOO_LONG = _l("That is too long.")
A_TIME = _l("Enter a time, such as 09:30.")
GENDERS = ("female", "male")
KEPT = (
    "service", "variant", "add_ons", "therapist", "gender", "part", "on", "source", "opening",
    "time", "outside_hours", "use_referral",
)  # fmt: skip
"""What of a booking goes along in an address while somebody new is put on the books."""
WALL = Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", message=A_TIME)


class PickedField(HiddenField):
    """One of several controls of a name holds the choice: whichever is filled in."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata([value for value in valuelist if value] or valuelist)


class BookForm(ClinicForm):
    """Everything of one booking; what can be chosen follows from what was chosen before."""

    client = PickedField(validators=[InputRequired(_l("Choose a client."))])
    service = SelectField(_l("Service"), [InputRequired(_l("Choose a service."))])
    variant = RadioField(_l("Duration"), [InputRequired(_l("Choose a duration."))])
    add_ons = SelectMultipleField(_l("Add-ons"))
    therapist = RadioField(_l("Therapist"), default="")
    gender = RadioField(
        _l("Therapist's gender"),
        choices=[("", _l("Any")), ("female", _l("Female")), ("male", _l("Male"))],
        default="",
    )
    on = DateField(_l("From"), [Optional()])
    part = RadioField(
        _l("When"),
        choices=[
            ("", _l("Any time")),
            ("morning", _l("Mornings")),
            ("afternoon", _l("Afternoons")),
            ("evening", _l("Evenings")),
        ],
        default="",
    )
    source = RadioField(
        _l("How they asked"),
        choices=[("phone", _l("By phone")), ("walk_in", _l("At the desk"))],
        default="phone",
    )
    opening = RadioField(_l("Openings"), validate_choice=False)
    time = StringField(_l("Another time"), [Optional(), WALL])
    outside_hours = BooleanField(_l("Outside working hours"))
    use_referral = BooleanField(_l("Use the referral"))
    note = TextAreaField(
        _l("Note"),
        [Length(max=NOTE_MAX, message=TOO_LONG)],
        description=_l("Nothing about health: that belongs to the client's own record."),
    )

    @classmethod
    def begun(cls) -> "BookForm":
        """As it was sent; or as an address asks for it (client, service, therapist, on, time)."""
        sent = MultiDict(request.form if request.method == "POST" else request.args)
        if sent.get("instead"):  # one of the free times beside a refusal, not what was typed
            sent["opening"], sent["time"] = sent["instead"], ""
        return cls(formdata=sent)

    def chosen(self, *, is_all: bool) -> Chosen:
        """What has been chosen so far, whatever of it is right."""
        return Chosen(
            client=self.client.data or "",
            service=self.service.data or "",
            variant=self.variant.data or "",
            add_ons=tuple(self.add_ons.data or ()),
            therapist=self.therapist.data or "",
            gender=self.gender.data if self.gender.data in GENDERS else "",
            on=self.on.data if self.on.data and 1900 < self.on.data.year < 2200 else None,
            who=clean(request.form.get("who", "")[:100]),
            part=self.part.data if self.part.data in PARTS else "",
            source=self.source.data or "phone",
            is_all=is_all,
        )

    def kept(self) -> str:
        """What has been chosen, as an address says it: nobody's name, and not the note."""
        chosen = [(name, getattr(self, name).data) for name in KEPT]
        wanted = [(name, "y" if value is True else value) for name, value in chosen if value]
        return urlencode(wanted, doseq=True)

    def offer(self, page: BookingPage, *, is_final: bool) -> None:
        """Put the choices in; until the last button, choose anew what can be chosen no more."""
        self.service.choices = [("", _l("Choose a service")), *page.services.items()]
        self.variant.choices = [(one.public_id, one.minutes) for one in page.lengths]
        self.add_ons.choices = [(one.public_id, one.name) for one in page.extras]
        self.therapist.choices = [("", _l("Anyone qualified"))] + [
            (one.public_id, one.name) for one in page.offer.able
        ]
        if is_final:
            return
        self.variant.data = page.length.public_id if page.length is not None else None
        if self.therapist.data not in dict(self.therapist.choices):
            self.therapist.data = ""
        self.on.data = page.on
        self._choose_opening(page)

    def _choose_opening(self, page: BookingPage) -> None:
        """A time that an address asks for is chosen, if it is open."""
        wanted = request.args.get("time", "")
        if request.method == "POST" or not wanted:
            return
        for day, times in page.days:
            for one in times:
                if day == page.on and one.wall == wanted:
                    self.opening.data, self.time.data = value_of(one), ""


def value_of(opening: Any) -> str:
    """An opening as a form sends it: second, therapist, place."""
    return f"{opening.at}.{opening.therapist.public_id}.{opening.place.public_id}"
