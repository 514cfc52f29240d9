"""What is done with a message, and what becomes of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageTouched:
    """A message is about to be taken up, or what came of it to be written down: nothing of it is
    locked yet, so that whoever judges by what is known of somebody can hold that first."""

    message_id: int


@dataclass(frozen=True, slots=True)
class MessageEnded:
    """A message left, or nobody tries to send it any longer."""

    message_id: int
    about: str
    is_sent: bool
