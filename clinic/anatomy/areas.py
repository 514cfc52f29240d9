"""Areas of the body, their sides, and the positions a person lies in."""

from dataclasses import dataclass

from clinic.core.words import Words, say

FRONT, BACK = "front", "back"
_FRONT, _BACK, _ROUND = (FRONT,), (BACK,), (FRONT, BACK)

SIDES = {
    "L": say("left"),
    "R": say("right"),
    "B": say("both sides"),
    "N": say("no side"),
}
"""Left and right are the client's own. N is the middle, or a side that nobody named."""

GROUPS = {
    "head": say("Head and neck"),
    "arm": say("Shoulder and arm"),
    "trunk": say("Chest and belly"),
    "back": say("Back"),
    "pelvis": say("Pelvis and hip"),
    "leg": say("Leg and foot"),
    "whole": say("Whole body"),
}

POSITIONS = {
    "prone": say("face down"),
    "supine": say("face up"),
    "side": say("on the side"),
    "semi_reclined": say("half sitting"),
    "seated": say("seated"),
}
"""How a person lies or sits. The first three are those a client may ask to avoid."""


@dataclass(frozen=True, slots=True)
class Area:
    """An area of the body.

    ``faces`` are the figures of the body chart it is seen on. A sensitive area is treated only
    with the client's written consent for that treatment; a caution site lies over vessels,
    nerves or organs near the skin. One that is off by default is drawn only when asked for.
    """

    code: str
    name: Words
    group: str
    faces: tuple[str, ...]
    is_sensitive: bool = False
    is_caution: bool = False
    is_off_by_default: bool = False
    has_sides: bool = True


# Sensitive: breasts, buttocks, upper inner thigh and front chest wall, as the College of Massage
# Therapists of Ontario lists them for written consent before each treatment
# (cmto.com, "Information for RMT clients"). Caution sites: the endangerment sites that
# textbooks of massage name: front of the neck, armpit, inner elbow, groin, back of the knee,
# belly and kidneys.
_ALL = (
    Area("HEAD", say("head"), "head", _ROUND),
    Area("SCALP", say("scalp"), "head", _ROUND),
    Area("FACE", say("face"), "head", _FRONT),
    Area("JAW", say("jaw"), "head", _FRONT),
    Area("NECK_FRONT", say("neck front"), "head", _FRONT, is_caution=True),
    Area("NECK_BACK", say("neck back"), "head", _BACK),
    Area("SPINE_C", say("neck spine"), "head", _BACK, has_sides=False),
    Area("SHOULDER_TOP", say("shoulder top"), "arm", _ROUND),
    Area("SHOULDER_JOINT", say("shoulder joint"), "arm", _ROUND),
    Area("SCAPULA", say("shoulder blade"), "arm", _BACK),
    Area("AXILLA", say("armpit"), "arm", _FRONT, is_caution=True),
    Area("UPPER_ARM", say("upper arm"), "arm", _ROUND),
    Area("ELBOW", say("elbow"), "arm", _BACK),
    Area("ELBOW_INNER", say("inner elbow"), "arm", _FRONT, is_caution=True),
    Area("FOREARM", say("forearm"), "arm", _ROUND),
    Area("WRIST", say("wrist"), "arm", _ROUND),
    Area("HAND", say("hand"), "arm", _ROUND),
    Area("CHEST_FRONT", say("front chest wall"), "trunk", _FRONT, is_sensitive=True),
    Area("BREAST", say("breast"), "trunk", _FRONT, is_sensitive=True, is_off_by_default=True),
    Area("RIBS", say("ribs"), "trunk", _ROUND),
    Area("ABDOMEN", say("belly"), "trunk", _FRONT, is_caution=True),
    Area("UPPER_BACK", say("upper back"), "back", _BACK),
    Area("MID_BACK", say("middle back"), "back", _BACK),
    Area("LOW_BACK", say("low back"), "back", _BACK),
    Area("FLANK_KIDNEY", say("flank over the kidney"), "back", _BACK, is_caution=True),
    Area("SPINE_T", say("upper spine"), "back", _BACK, has_sides=False),
    Area("SPINE_L", say("lumbar spine"), "back", _BACK, has_sides=False),
    Area("SACRUM", say("sacrum"), "pelvis", _BACK),
    Area("GLUTEAL", say("buttock"), "pelvis", _BACK, is_sensitive=True),
    Area("HIP", say("hip"), "pelvis", _ROUND),
    Area("GROIN", say("groin"), "pelvis", _FRONT, is_caution=True, is_off_by_default=True),
    Area("THIGH_FRONT", say("front thigh"), "leg", _FRONT),
    Area("THIGH_BACK", say("back thigh"), "leg", _BACK),
    Area("THIGH_INNER", say("upper inner thigh"), "leg", _FRONT, is_sensitive=True),
    Area("THIGH_OUTER", say("outer thigh"), "leg", _ROUND),
    Area("KNEE", say("knee"), "leg", _FRONT),
    Area("KNEE_BACK", say("knee hollow"), "leg", _BACK, is_caution=True),
    Area("SHIN", say("shin"), "leg", _FRONT),
    Area("CALF", say("calf"), "leg", _BACK),
    Area("ANKLE", say("ankle"), "leg", _ROUND),
    Area("HEEL", say("heel"), "leg", _BACK),
    Area("FOOT", say("foot"), "leg", _ROUND),
    Area("TOES", say("toes"), "leg", _FRONT),
    Area("WHOLE_BODY", say("whole body"), "whole", (), has_sides=False),
)

AREAS: dict[str, Area] = {area.code: area for area in _ALL}
"""Every area by its code, from head to foot."""


def sides_of(area: str) -> tuple[str, ...]:
    """The sides an area can be named with. Raises KeyError for an unknown area."""
    return tuple(SIDES) if AREAS[area].has_sides else ("N",)


def is_spot(area: str, side: str) -> bool:
    """Whether there is such an area, and it has such a side."""
    return area in AREAS and side in sides_of(area)


def spot(area: str, side: str = "N") -> Words:
    """An area with its side in words: "left calf", "calf, both sides", "low back".

    Raises KeyError for an area that is not there, or has no such side.
    """
    if not is_spot(area, side):
        raise KeyError((area, side))
    name = AREAS[area].name
    match side:
        case "L":
            return say("left {area}", area=name)
        case "R":
            return say("right {area}", area=name)
        case "B":
            return say("{area}, both sides", area=name)
        case _:
            return name
