"""What a calendar for another program may say."""

from wtforms import BooleanField

from clinic.web.forms import ClinicForm
from clinic.web.wording import lazy_gettext as _l


class FeedForm(ClinicForm):
    shows_names = BooleanField(
        _l("Clients' first names"),
        description=_l("Without them every visit says “Busy”. Surnames never leave the clinic."),
    )
    shows_services = BooleanField(
        _l("Services"), description=_l("What a client is treated with is nobody else's business.")
    )
