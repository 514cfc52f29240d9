from wtforms import SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from clinic.web.fields import Day
from clinic.web.forms import ClinicForm
from clinic.web.wording import lazy_gettext as _l

KIND_NAMES = {
    "vacation": _l("Vacation"),
    "sick": _l("Sick"),
    "training": _l("Training"),
    "meeting": _l("Meeting"),
    "break": _l("Break"),
    "other": _l("Other"),
}
STATUS_NAMES = {
    "requested": _l("Waiting for an answer"),
    "approved": _l("Approved"),
    "declined": _l("Declined"),
    "cancelled": _l("Called off"),
}
NOTE_MAX = 120


class AskForm(ClinicForm):
    """Time off: whole days, unless times are given."""

    staff = SelectField(_l("For"), [Optional()])
    kind = SelectField(_l("Kind"), choices=list(KIND_NAMES.items()), default="vacation")
    from_day = Day(_l("First day"), [InputRequired(_l("Enter the first day."))])
    from_time = TimeField(
        _l("From"), [Optional()], description=_l("Without a time, the whole day.")
    )
    until_day = Day(_l("Last day"), [InputRequired(_l("Enter the last day."))])
    until_time = TimeField(
        _l("Until"), [Optional()], description=_l("Without a time, the whole day.")
    )
    note = StringField(
        _l("Note"), [Length(max=NOTE_MAX, message=_l("Use at most 120 characters."))]
    )
