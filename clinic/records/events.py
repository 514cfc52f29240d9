"""What the room for records announces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GraveEventMoved:
    """A grave event that happened was reported; its provider was told; or it never was so.

    ``what`` is one of ``reported``, ``provider_told`` and ``in_error``.
    """

    event_id: int
    client_id: int
    what: str
