"""What a client likes: asked with the history, and what of it goes to their preferences."""

from collections.abc import Mapping
from typing import Any

from clinic.anatomy import is_spot
from clinic.core.words import say
from clinic.health.rules.asking import SPOTS_MAX, Form, Item

_POSITIONS = (
    ("any", say("All are fine")),
    ("prone", say("Not face down")),
    ("supine", say("Not face up")),
    ("side", say("Not on the side")),
    ("prone,side", say("Only face up")),
    ("supine,side", say("Only face down")),
    ("prone,supine", say("Only on the side")),
)
"""What is left out, as it is written into the preferences."""
LIKES = (
    Item(
        "pressure",
        "choice",
        say("How much pressure do you like?"),
        options=(
            ("1", say("1 · very light")),
            ("2", say("2 · light")),
            ("3", say("3 · medium")),
            ("4", say("4 · firm")),
            ("5", say("5 · deep")),
        ),
        is_required=False,
    ),
    Item(
        "focus_areas",
        "areas",
        say("Where would you like us to stay longer?"),
        say("Left and right are your own."),
        is_required=False,
    ),
    Item("avoid_areas", "areas", say("Is there a place we should leave out?"), is_required=False),
    Item(
        "lubricant",
        "choice",
        say("What may we use on your skin?"),
        options=(
            ("oil", say("Oil")),
            ("lotion", say("Lotion")),
            ("gel", say("Gel")),
            ("none", say("Nothing")),
        ),
        is_required=False,
    ),
    Item(
        "position",
        "choice",
        say("Is there a way of lying that you would rather not?"),
        options=_POSITIONS,
        is_required=False,
    ),
    Item(
        "draping",
        "choice",
        say("How would you like to be covered?"),
        say("Only the part that is being treated is ever uncovered."),
        options=(
            ("standard", say("As usual, with a sheet")),
            ("more", say("Well covered")),
            ("towel", say("A towel instead of the sheet")),
            ("warm", say("With an extra blanket")),
        ),
        is_required=False,
    ),
    Item(
        "therapist_gender",
        "choice",
        say("Whom would you like to be treated by?"),
        options=(
            ("any", say("By anybody")),
            ("female", say("By a woman")),
            ("male", say("By a man")),
        ),
        is_required=False,
    ),
    Item(
        "wishes",
        "text",
        say("Anything else you would like, or not like?"),
        is_required=False,
    ),
)
"""Each may be left out: what is empty leaves the preferences as they stand."""
_WORDED = {
    "lubricant": "lubricant",
    "draping": "draping",
    "therapist_gender": "therapist_gender",
    "position": "positions_to_avoid",
}


def likes_of(form: Form, given: Mapping[str, str]) -> dict[str, Any]:
    """What was said of preferences, by the names they have there; nothing of what was not."""
    asked = {item.key: item for item in form.items()}
    likes: dict[str, Any] = {}
    for key, name in _WORDED.items():
        if key in asked and given.get(key) in {code for code, _ in asked[key].options}:
            likes[name] = given[key]
    if likes.get("positions_to_avoid") == "any":
        likes["positions_to_avoid"] = ""
    if "pressure" in asked and given.get("pressure") in {"1", "2", "3", "4", "5"}:
        likes["pressure"] = int(given["pressure"])
    for key in ("focus_areas", "avoid_areas"):
        spots = _spots(given, key) if key in asked else []
        if spots:
            likes[key] = ",".join(dict.fromkeys(spots))
    return likes


def _spots(given: Mapping[str, str], key: str) -> list[str]:
    """``CALF:L``; ``CALF:N`` where no side was said."""
    found = []
    for number in range(SPOTS_MAX):
        area = given.get(f"{key}.{number}.area", "")
        side = given.get(f"{key}.{number}.side", "") or "N"
        if is_spot(area, side):
            found.append(f"{area}:{side}")
    return found
