"""What the pages of the desk send."""

from wtforms import StringField
from wtforms.validators import InputRequired

from clinic.web.forms import VersionedForm
from clinic.web.wording import lazy_gettext as _l


class WhomForm(VersionedForm):
    """Which provider is asked."""

    provider = StringField(_l("Provider"), [InputRequired(_l("Choose a provider from the list."))])
