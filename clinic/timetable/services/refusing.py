"""How time that somebody has is refused."""

from clinic.core.errors import Conflict
from clinic.core.words import Words, say


class SlotTaken(Conflict):
    """Somebody or something has that time already; ``resource_ids`` says which."""

    def __init__(self, words: Words | None = None, resource_ids: tuple[int, ...] = ()) -> None:
        super().__init__(words or say("That time is taken. Choose another."), field="time")
        self.resource_ids = resource_ids


def what_is_taken(
    kind: str,
    *,
    is_therapist: bool = False,
    is_client: bool = False,
    is_equipment: bool = False,
) -> Words:
    """The refusal in words: ``kind`` of slot has the therapist, the client, the equipment, or
    else the room."""
    if kind == "hold":
        return say("That time is kept for somebody just now. Wait a little, or choose another.")
    if is_therapist:
        is_away = kind == "time_off"
        return _IS_AWAY if is_away else say("The therapist is taken then. Choose another time.")
    if is_client:
        return say("The client has another visit then. Choose another time.")
    if is_equipment:
        return say("The equipment it needs is taken then. Choose another time.")
    is_closed = kind == "closure"
    return _IS_CLOSED if is_closed else say("The room is taken then. Choose another time or room.")


_IS_AWAY = say("The therapist is away then. Choose another time.")
_IS_CLOSED = say("The room is closed then. Choose another time or room.")
