"""What coordination announces."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GivenElsewhere:
    """Something that was open with a provider goes to another from now on."""

    provider_id: int
