"""What becomes of a message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageEnded:
    """A message left, or nobody tries to send it any longer."""

    message_id: int
    about: str
    is_sent: bool
