"""What somebody has, in an address: a mark that says nothing to whoever reads the address.

A client's id beside the code of a rule, of a kind of fact or of a consent would tell of a
condition, in histories, logs and on screens that others see. The mark is made with a key of
the house, and is another one for each client.
"""

import hmac
from collections.abc import Iterable

from clinic.core.ids import from_number
from clinic.core.vault import vault


def mark_of(subject: str, what: str) -> str:
    """The mark of a code for one subject (a public id); it has the shape of a public id."""
    key = vault().derive("marks in addresses")
    told = hmac.digest(key, f"{subject}:{what}".encode(), "sha256")
    return from_number(int.from_bytes(told[:20]))


def marked(subject: str, mark: str, among: Iterable[str]) -> str | None:
    """Which of these codes a mark stands for; None where it is none of them."""
    told = mark.encode()
    return next(
        (one for one in among if hmac.compare_digest(mark_of(subject, one).encode(), told)), None
    )
