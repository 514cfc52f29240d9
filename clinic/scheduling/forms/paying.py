"""A tick that clients agree to pay: it counts for those alone who were shown beside it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from wtforms import HiddenField


def shown_as(client_id: str, on: date) -> str:
    """How a form says for whom, and for which day, the tick was asked."""
    return f"{client_id}:{on.isoformat()}"


class AsksToPay:
    """A form with ``self_pay``, and for whom it was shown."""

    self_pay: Any
    self_pay_of = HiddenField()

    @property
    def agreed(self) -> list[str]:
        """For whom it is ticked (``shown_as``)."""
        return (self.self_pay_of.data or "").split(",") if self.self_pay.data else []

    def ask(self, keys: Iterable[str]) -> None:
        """Ask anew: the box is empty, and stands for these."""
        self.self_pay_of.data = ",".join(dict.fromkeys(one for one in keys if one))
        self.self_pay.data = False
