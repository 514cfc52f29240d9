"""What the schedule announces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisitChanged:
    """A visit is new, or another than before: its state, its time or what it counts against.

    ``before`` and ``after`` are states of a visit; ``before`` is empty for a new one. One that
    counts against none any longer names what it did count against.
    """

    visit_id: int
    client_id: int
    authorisation_id: int | None
    before: str
    after: str
