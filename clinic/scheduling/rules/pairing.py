"""Who goes where: one for each, and none twice."""

from collections.abc import Sequence


def pairing(options: Sequence[Sequence[int]]) -> list[int] | None:
    """One of each one's options, all of them different, those named first where that can be;
    None where there is no such choice."""
    chosen: dict[int, int] = {}

    def seat(one: int, tried: set[int]) -> bool:
        for option in options[one]:
            if option in tried:
                continue
            tried.add(option)
            if option not in chosen or seat(chosen[option], tried):
                chosen[option] = one
                return True
        return False

    if not all(seat(one, set()) for one in range(len(options))):
        return None
    seats = {one: option for option, one in chosen.items()}
    return [seats[one] for one in range(len(options))]
