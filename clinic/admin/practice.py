"""The back office's screen of the clinic's settings."""

from typing import Any

from clinic.admin.base import ServiceModelView
from clinic.admin.parts import Column
from clinic.core.permissions import Permission
from clinic.practice.forms import SettingsForm
from clinic.practice.models import Setting
from clinic.practice.services import settle
from clinic.web.wording import lazy_gettext as _l


def _settle(row: Setting, **values: Any) -> None:
    settle(**values)


class SettingsAdmin(ServiceModelView):
    model = Setting
    slug, label, section, glyph = "settings", _l("Settings"), _l("Practice"), "adjustments"
    about = _l("The clinic's name, clock, money and figures.")
    read_permission = write_permission = Permission.PRACTICE_WRITE
    title, order = (Setting.name,), (Setting.id,)
    columns = (
        Column("name", _l("Name of the clinic"), Setting.name),
        Column("timezone", _l("Time zone"), Setting.timezone),
        Column("currency", _l("Currency"), Setting.currency),
        Column("locale", _l("Language of dates and amounts"), Setting.locale),
        Column("horizon", _l("Book ahead, days"), Setting.horizon, "number"),
    )
    form, update_with = SettingsForm, staticmethod(_settle)
    widths = {
        "name": "6", "timezone": "6", "currency": "4", "locale": "4", "region": "4", "phone": "6",
        "email": "6", "slot_grid": "6", "horizon": "6", "min_lead": "6", "late_cancel": "6",
        "no_show_grace": "6", "hands_on_limit": "6", "idle": "6",
    }  # fmt: skip


SCREENS = (SettingsAdmin,)
