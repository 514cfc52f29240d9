"""What the page of a booking asks."""

import re
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

from clinic.scheduling.forms.paying import AsksToPay, shown_as
from clinic.scheduling.queries.booking_page import BookingPage, Chosen, value_of
from clinic.scheduling.queries.openings import DAYS
from clinic.scheduling.rules import NOTE_MAX, OVER_WHY_MAX, PARTS
from clinic.scheduling.rules.screening import REASON_MAX
from clinic.web.forms import ClinicForm, clean
from clinic.web.wording import lazy_gettext as _l

TOO_LONG = _l("That is too long.")
A_TIME = _l("Enter a time, such as 09:30.")
GENDERS = ("female", "male")
KEPT = (
    "service", "variant", "add_ons", "therapist", "gender", "part", "earliest", "days", "on",
    "source", "opening", "time", "minutes", "outside_hours", "use_referral", "of_client", "hold",
)  # fmt: skip
"""What of a booking goes along in an address while somebody new is put on the books."""
EARLIEST = ("12:00", "14:00", "16:00", "18:00")
"""The hours before which somebody may not want to come."""
SOON = 3
"""Days that a short search looks at."""
__all__ = ["KEPT", "WALL", "BookForm", "fold_field", "over_field", "pay_field", "value_of"]
WALL = Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", re.ASCII, message=A_TIME)


def over_field() -> Any:
    """Why more visits are booked than were authorised, where that counts."""
    return TextAreaField(
        _l("Why one more than authorised"),
        [Length(max=OVER_WHY_MAX, message=TOO_LONG)],
        description=_l("Kept with the visit; the desk reads it. No health details here."),
    )


def pay_field(of: str = "", *, are_many: bool = False) -> Any:
    """That the client agrees to pay, where no authorisation bears the visit any more."""
    return BooleanField(
        _l("The clients named here agree to pay for their visits themselves")
        if are_many
        else _l("The client agrees to pay for this visit themselves"),
        description=_l("The day and hour of the agreement are kept with the visit."),
        id=f"{of}-self_pay" if of else None,
    )


def fold_field() -> Any:
    """Which of two equal wall times is meant; it is asked only where there are two."""
    return RadioField(
        _l("Which of the two"),
        choices=[
            ("0", _l("The first, before the clocks go back")),
            ("1", _l("The second, after the clocks go back")),
        ],
        validate_choice=False,
    )


class PickedField(HiddenField):
    """One of several controls of a name holds the choice: whichever is filled in."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata([value for value in valuelist if value] or valuelist)


class BookForm(AsksToPay, ClinicForm):
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
    earliest = RadioField(
        _l("Not before"),
        choices=[("", _l("Any hour")), *((hour, hour) for hour in EARLIEST)],
        default="",
    )
    days = RadioField(
        _l("Within"),
        choices=[("", _l("2 weeks")), (str(SOON), _l("3 days"))],
        default="",
    )
    minutes = HiddenField()
    of_client = HiddenField()
    hold = HiddenField()
    fold = fold_field()
    source = RadioField(
        _l("How they asked"),
        choices=[("phone", _l("By phone")), ("walk_in", _l("At the desk"))],
        default="phone",
    )
    opening = RadioField(_l("Openings"), validate_choice=False)
    time = StringField(_l("Another time"), [Optional(), WALL])
    outside_hours = BooleanField(_l("Outside working hours"))
    use_referral = BooleanField(_l("Use the referral"))
    override_why = TextAreaField(
        _l("Why it may be booked"),
        [Length(max=REASON_MAX, message=TOO_LONG)],
        description=_l("Kept with the visit; only therapists of this client read it."),
    )
    over_why = over_field()
    self_pay = pay_field()
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
        if sent.get("rather"):  # another service, beside a refusal of the one that was chosen
            sent["service"], sent["variant"] = sent["rather"], ""
        return cls(formdata=sent)

    def chosen(self, *, is_all: bool, is_final: bool = False) -> Chosen:
        """What has been chosen so far, whatever of it is right."""
        return Chosen(
            client=self.client.data or "",
            service=self.service.data or "",
            variant=self.variant.data or "",
            add_ons=tuple(self.add_ons.data or ()),
            therapist=self.therapist.data or "",
            gender=self.gender.data if self.gender.data in GENDERS else "",
            on=self.on.data if self.on.data and 1900 < self.on.data.year < 2200 else None,
            days=SOON if self.days.data == str(SOON) else DAYS,
            who=clean(request.form.get("who", "")[:100]),
            part=self.part.data if self.part.data in PARTS else "",
            earliest=self.earliest.data if self.earliest.data in EARLIEST else "",
            minutes=_minutes(self.minutes.data or ""),
            wall=self.time.data or "",
            opening=self.opening.data or "",
            hold=self.hold.data or "",
            of_client=self.of_client.data or "",
            source=self.source.data or "phone",
            is_all=is_all,
            is_final=is_final,
        )

    def kept(self) -> str:
        """What has been chosen, as an address says it: nobody's name, and not the note."""
        chosen = [(name, getattr(self, name).data) for name in KEPT]
        wanted = [(name, "y" if value is True else value) for name, value in chosen if value]
        return urlencode(wanted, doseq=True)

    def bind_tick(self, page: BookingPage) -> None:
        """A tick is kept while client and day are those for which it was shown."""
        if self.self_pay.errors:
            return  # asked just now, for the day that was chosen
        is_asked = page.client is not None and page.spent is not None
        key = shown_as(page.client.public_id, page.day) if page.client and is_asked else ""
        if not key or self.self_pay_of.data != key:
            self.ask([key])

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
        self.service.data = page.chosen.service
        self.variant.data = page.length.public_id if page.length is not None else None
        self.add_ons.data = list(page.chosen.add_ons)
        self.therapist.data = page.chosen.therapist
        if page.length is not None and self.therapist.data not in dict(self.therapist.choices):
            self.therapist.data = ""
        self.of_client.data = page.chosen.of_client
        self.on.data = page.on
        if page.picked is not None:
            self.opening.data, self.time.data = value_of(page.picked), ""
        elif page.length is not None:
            self.opening.data = ""


def _minutes(typed: str) -> int:
    """A gap's minutes; whatever cannot be read is no gap."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
