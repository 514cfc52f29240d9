"""Many visits that go elsewhere at once: what was chosen for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clinic.core.ids import is_public_id
from clinic.scheduling.forms.booking import pay_field
from clinic.scheduling.forms.paying import AsksToPay
from clinic.scheduling.forms.visits import reason_field
from clinic.web.forms import ClinicForm, VersionedForm

LEAVE, CANCEL = "leave", "cancel"
MOST_AT_ONCE = 200


class RearrangeForm(AsksToPay, ClinicForm):
    """The choices stand beside their visits (``picks_of``)."""

    override_why = reason_field("rearrange")
    self_pay = pay_field(are_many=True)


class ApproveForm(RearrangeForm, VersionedForm):
    """The same with time off to be given, as it was shown."""


@dataclass(frozen=True, slots=True)
class Pick:
    """What was chosen for one visit: to leave it, to cancel it, or a time as it was sent."""

    visit_id: str
    version: int
    to: str


def picks_of(sent: Mapping[str, Any]) -> list[Pick]:
    """The choices among what was sent; what is none is left out."""
    found = []
    for name in list(sent)[: MOST_AT_ONCE * 3]:
        visit_id = name.removeprefix("to-")
        if name.startswith("to-") and is_public_id(visit_id):
            typed = str(sent.get(f"version-{visit_id}", ""))
            is_number = typed.isascii() and typed.isdigit() and len(typed) < 10
            to = str(sent[name])[:80]
            found.append(Pick(visit_id, int(typed) if is_number else -1, to))
    return found
