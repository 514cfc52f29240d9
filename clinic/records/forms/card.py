"""What the room card sends."""

from wtforms import BooleanField, HiddenField, SelectMultipleField, TextAreaField
from wtforms.validators import Length

from clinic.scheduling.rules.screening import REASON_MAX
from clinic.web.forms import ClinicForm, VersionedForm
from clinic.web.wording import lazy_gettext as _l


class StartForm(VersionedForm):
    """Begin; ``override_why`` where something may be missing for a reason, ``is_adult`` where the
    birth date is not known."""

    override_why = TextAreaField(
        _l("Why you begin without it"),
        [Length(max=REASON_MAX, message=_l("Use at most %(max)d characters."))],
        render_kw={"rows": 2},
    )
    is_adult = BooleanField(_l("The client is an adult: they told me, or I can see it"))


class FinishForm(VersionedForm):
    """The treatment is over."""


class PointForm(ClinicForm):
    """One tap about one rule; ``inputs`` is the fingerprint of what the card showed."""

    rule = HiddenField(validators=[Length(max=40)])
    inputs = HiddenField(validators=[Length(max=64)])
    topics = SelectMultipleField(validate_choice=False, choices=[])
    said = HiddenField(validators=[Length(max=10)])
