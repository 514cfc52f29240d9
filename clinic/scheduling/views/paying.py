"""Asking on a page that clients pay, where several visits are booked or moved at once."""

from collections.abc import Callable
from typing import Any

from clinic.scheduling.forms.paying import AsksToPay, shown_as
from clinic.scheduling.services.paying import NotAgreed


def asking(form: AsksToPay, act: Callable[[], Any]) -> Any:
    """Do it; where clients have to agree first, the form asks for those that the refusal names,
    and goes on standing for those it named before."""
    try:
        return act()
    except NotAgreed as error:
        form.ask([*form.agreed, *(shown_as(one.client_id, one.on) for one in error.asked)])
        raise
