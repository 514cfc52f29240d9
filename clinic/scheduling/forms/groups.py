"""What the pages of couples and groups ask."""

from dataclasses import dataclass
from typing import Any

from flask import request
from wtforms import BooleanField, DateField, HiddenField, RadioField, StringField
from wtforms.validators import Length, Optional

from clinic.core.ids import is_public_id
from clinic.scheduling.forms.booking import TOO_LONG, WALL, fold_field, over_field, pay_field
from clinic.scheduling.forms.paying import AsksToPay
from clinic.scheduling.forms.visits import reason_field
from clinic.scheduling.rules import NOTE_MAX, WHY_MAX
from clinic.web.forms import ClinicForm, clean
from clinic.web.wording import lazy_gettext as _l

FEWEST, MOST = 2, 6


@dataclass(frozen=True, slots=True)
class Asked:
    """One of those who come together, as far as they are chosen: public ids, and a typed name."""

    client: str = ""
    who: str = ""
    variant: str = ""
    therapist: str = ""
    note: str = ""
    use_referral: bool = False


def asked_people() -> list[Asked]:
    """The rows of the page, one more or one fewer where that was asked for."""
    given = request.form if request.method == "POST" else request.args
    number = given.get("people", "")
    count = int(number) if number.isascii() and number.isdigit() and len(number) < 3 else FEWEST
    count += ("more" in given) - ("fewer" in given)
    rows = [_asked(given, one) for one in range(max(FEWEST, min(count, MOST)))]
    if request.method == "GET" and is_public_id(given.get("client", "")):
        variant, therapist = _id(given.get("variant")), _id(given.get("therapist"))
        is_ticked = given.get("use_referral") == "y"
        rows[0] = Asked(given["client"], "", variant, therapist, use_referral=is_ticked)
    return rows


def _asked(given: Any, number: int) -> Asked:
    is_kept = given.get("clear") != str(number)
    picked = [_id(one) for one in given.getlist(f"client-{number}") if one and is_kept]
    return Asked(
        picked[0] if picked else "",
        clean(given.get(f"who-{number}", "")[:100]),
        _id(given.get(f"variant-{number}")),
        _id(given.get(f"therapist-{number}")),
        clean(given.get(f"note-{number}", "")[: NOTE_MAX + 1]),
        given.get(f"use_referral-{number}") == "y",
    )


def _id(text: str | None) -> str:
    return text if text and is_public_id(text) else ""


class TogetherForm(AsksToPay, ClinicForm):
    """How they come and when; who comes stands in rows beside."""

    kind = RadioField(
        _l("Where"),
        choices=[("couple", _l("In one room")), ("group", _l("In any rooms"))],
        default="couple",
    )
    on = DateField(_l("From"), [Optional()])
    opening = RadioField(_l("Times"), validate_choice=False)
    override_why = reason_field("together")
    over_why = over_field()
    self_pay = pay_field(are_many=True)

    @classmethod
    def begun(cls) -> "TogetherForm":
        """As it was sent, or as an address asks for it."""
        return cls(formdata=request.form if request.method == "POST" else request.args)


class TogetherMoveForm(AsksToPay, ClinicForm):
    """Another time for all of a group."""

    versions = HiddenField()
    opening = RadioField(_l("Next free times"), validate_choice=False)
    on = DateField(_l("Day"), [Optional()])
    time = StringField(_l("Time"), [Optional(), WALL])
    fold = fold_field()
    outside_hours = BooleanField(_l("Outside working hours"))
    override_why = reason_field("together-move")
    self_pay = pay_field("together-move", are_many=True)


class TogetherCancelForm(ClinicForm):
    versions = HiddenField()
    by = RadioField(
        _l("Who cancels"),
        choices=[("client", _l("The clients")), ("clinic", _l("The clinic"))],
        default="client",
    )
    why = StringField(
        _l("Reason"),
        [Length(max=WHY_MAX, message=TOO_LONG)],
        description=_l("Everybody at the desk reads this. No health details here."),
    )
