"""Visits that no longer fit: why, and new times for many of them of which no two clash."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CAUSES = (
    "gone", "not_therapist", "licence", "qualification", "review", "misfit", "away", "hours",
    "room_given_up", "room_closed", "room_lacks",
)  # fmt: skip
"""Why a visit cannot be as it was booked, what weighs most first."""
ROOM_CAUSES = frozenset({"room_given_up", "room_closed", "room_lacks"})
"""Causes for which the therapist can stay."""


@dataclass(frozen=True, slots=True)
class Bid:
    """A time that one visit could take; seconds since 1970, buffers in seconds.

    ``kinds`` are the kinds of equipment it takes a piece of: of each there may be one only.
    """

    therapist_id: int
    place_id: int
    client_id: int
    starts_s: int
    ends_s: int
    before_s: int = 0
    after_s: int = 0
    kinds: frozenset[int] = frozenset()

    def clashes(self, other: "Bid") -> bool:
        """Whether the two take the same thing or person at one time."""
        if self._meets_treatment(other) and self.client_id == other.client_id:
            return True
        is_shared = (
            self.therapist_id == other.therapist_id
            or self.place_id == other.place_id
            or bool(self.kinds & other.kinds)
        )
        return is_shared and self._meets(other)

    def _meets(self, other: "Bid") -> bool:
        return (
            self.starts_s - self.before_s < other.ends_s + other.after_s
            and other.starts_s - other.before_s < self.ends_s + self.after_s
        )

    def _meets_treatment(self, other: "Bid") -> bool:
        return self.starts_s < other.ends_s and other.starts_s < self.ends_s


def assign(bids: Sequence[Sequence[Bid]]) -> list[int | None]:
    """For each visit the first of its bids that clashes with none chosen before it.

    None where there is no such bid. No two of those chosen clash.
    """
    taken: list[Bid] = []
    chosen: list[int | None] = []
    for offered in bids:
        number = next(
            (at for at, bid in enumerate(offered) if not any(map(bid.clashes, taken))), None
        )
        chosen.append(number)
        if number is not None:
            taken.append(offered[number])
    return chosen


def foremost(causes: Iterable[str]) -> str:
    """The cause under which a visit is listed."""
    return min(causes, key=CAUSES.index)
