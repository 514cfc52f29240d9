"""The body chart's two figures: an outline, and a shape for every area, side and face.

Our own drawing, in units of a sheet 200 wide and 440 high. Only the viewer's left half is
drawn, the other half is mirrored. On the front figure the viewer's left is the client's right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import hypot
from typing import Any

from clinic.anatomy.areas import AREAS, is_spot, spot
from clinic.anatomy.findings import MODES, Finding
from clinic.core.words import Words

Point = tuple[float, float]

VIEW = "4 0 192 438"
_WIDTH = 200
_ROUNDING = 4.0  # units cut from a corner
_PIN = 15.0  # least distance between two pins
_EDGE = (13.0, 187.0)  # a pin stays on the sheet
_LAST = 426.0

_START: Point = (100, 8)
_CURVES = (
    (87, 8, 80, 19, 80.5, 34), (81, 46, 85, 53, 89.5, 58.5), (90.5, 66, 89.5, 72, 85, 75.5),
    (76, 81, 61, 82, 54.5, 92), (48, 101, 48.5, 118, 46, 134), (43.5, 150, 41, 160, 39, 175),
    (36, 193, 33, 206, 30.5, 218), (27, 226, 24.5, 238, 26.5, 248),
    (28.5, 256.5, 36.5, 256.5, 38.5, 248), (40.5, 240, 41, 231, 41.5, 222),
    (44.5, 206, 50.5, 190, 53, 174), (57, 156, 61.5, 141, 64, 123), (66, 141, 69, 158, 69, 173),
    (69, 189, 62.5, 201, 61.5, 219), (60.5, 245, 65, 277, 70, 305), (71, 317, 68.5, 327, 67.8, 343),
    (67, 365, 75, 385, 78, 403), (78, 411, 71, 418, 70.5, 425), (71, 431, 88, 431, 91, 427),
    (93, 419, 90, 411, 90, 403), (92, 383, 95, 363, 93, 343), (92, 329, 92, 319, 93.2, 307),
    (95, 281, 98.3, 257, 99, 233),
)  # fmt: skip

LINES = {
    "front": (
        "M72,88C82,92 92,90 98,93", "M128,88C118,92 108,90 102,93", "M100,96L100,122",
        "M73,119C80,128 94,127 100,122", "M127,119C120,128 106,127 100,122",
        "M100,176a2,2 0 1 0 .1,0", "M74,214C82,224 92,229 99,231",
        "M126,214C118,224 108,229 101,231", "M77,313a7,7 0 0 0 12,1", "M123,313a7,7 0 0 1 -12,1",
    ),
    "back": (
        "M100,62L100,196", "M74,98C80,108 81,122 77,134C73,130 68,120 67,110",
        "M126,98C120,108 119,122 123,134C127,130 132,120 133,110", "M86,192C92,196 96,202 100,208",
        "M114,192C108,196 104,202 100,208", "M66,236C76,246 92,246 99,238",
        "M134,236C124,246 108,246 101,238", "M74,314C80,317 86,317 90,314",
        "M126,314C120,317 114,317 110,314",
    ),
}  # fmt: skip
"""Faint lines that help the eye: collar bones, navel, shoulder blades, folds."""

# Corners of each shape on the viewer's left half; they may reach past the body, whose outline
# cuts them. Large shapes first: the small ones lie on top.
_ARM = {
    "SHOULDER_TOP": "86,70 92,82 75,91 56,96 48,88 68,72",
    "SHOULDER_JOINT": "75,91 68,94 66,112 60,119 40,119 44,92 56,90",
    "UPPER_ARM": "40,119 60,119 64,127 58,152 34,152",
    "FOREARM": "30,170 60,170 50,207 20,207",
    "WRIST": "20,206 52,206 50,221 18,221",
    "HAND": "14,221 50,221 50,260 14,260",
}
_FRONT = {
    "ABDOMEN": "100,126 91,138 82,154 60,157 60,192 76,207 100,222",
    "RIBS": "72,122 100,125 91,138 82,155 60,158 60,126",
    "CHEST_FRONT": "100,90 91,83 75,91 67,95 67,110 72,123 100,125",
    "HIP": "50,190 64,190 76,207 75,236 50,236",
    "THIGH_FRONT": "68,234 77,215 84,228 90,271 101,276 101,301 77,301",
    "THIGH_OUTER": "50,236 68,236 77,301 58,301",
    "THIGH_INNER": "84,228 101,236 101,277 90,271",
    "KNEE": "58,301 101,301 101,330 61,330",
    "SHIN": "61,330 101,330 101,397 61,397",
    "ANKLE": "64,396 100,396 100,411 64,411",
    "FOOT": "60,411 100,411 100,422 60,422",
    "TOES": "60,421 100,421 100,436 60,436",
    "HEAD": "100,17 74,20 74,33 100,30",
    "FACE": "100,29 74,32 80,45 91,48 100,48",
    "SCALP": "100,4 74,4 74,21 100,18",
    "JAW": "100,47 91,47 76,43 84,61 100,61",
    "NECK_FRONT": "100,60 84,58 82,72 91,83 100,90",
    **_ARM,
    "ELBOW_INNER": "34,151 60,151 59,171 30,171",
    "AXILLA": "60,109 70,109 73,124 66,132 57,124",
    "GROIN": "75,210 100,225 100,240 84,229 76,217",
    "BREAST": "73,103 84,100 94,106 96,116 88,124 75,122 69,112",
}
_BACK = {
    "RIBS": "58,120 64,110 69,129 79,137 79,160 58,162",
    "SCAPULA": "73,95 80,95 82,120 78,137 69,129 62,108",
    "UPPER_BACK": "96,92 80,95 82,120 79,136 96,136",
    "MID_BACK": "96,136 79,136 79,160 96,160",
    "LOW_BACK": "96,160 80,160 80,182 60,187 60,194 86,192 96,199",
    "FLANK_KIDNEY": "60,161 80,160 80,182 60,187",
    "HIP": "48,198 66,192 72,206 70,238 48,238",
    "GLUTEAL": "66,193 86,192 91,206 100,217 100,241 70,245 72,206",
    "SACRUM": "100,199 86,192 91,206 100,217",
    "THIGH_BACK": "70,244 101,241 101,300 77,300",
    "THIGH_OUTER": "50,238 70,238 77,300 58,300",
    "KNEE_BACK": "58,300 101,300 101,329 61,329",
    "CALF": "61,329 101,329 101,397 61,397",
    "ANKLE": "64,396 100,396 100,411 64,411",
    "HEEL": "77,410 100,410 100,436 77,436",
    "FOOT": "60,410 78,410 78,436 60,436",
    "SCALP": "100,4 74,4 74,31 100,31",
    "HEAD": "100,30 74,30 78,48 88,55 100,55",
    "NECK_BACK": "96,54 84,52 82,74 92,83 96,84",
    **_ARM,
    "SHOULDER_TOP": "85,72 96,84 96,92 76,95 56,97 48,88 68,72",
    "ELBOW": "34,151 60,151 59,171 30,171",
}
_MIDDLE = {
    "SPINE_C": "96,56 104,56 104,84 96,84",
    "SPINE_T": "96,84 104,84 104,160 96,160",
    "SPINE_L": "96,160 104,160 104,198 96,198",
}
SMALL = frozenset(
    "AXILLA ANKLE FOOT GROIN HEAD HEEL JAW SCALP TOES WRIST SPINE_C SPINE_L SPINE_T".split()
)
"""Areas whose shape is so small that a wider edge around it takes the finger."""


@dataclass(frozen=True, slots=True)
class Region:
    """A shape on one figure: ``path`` as SVG draws it, ``pin`` where its number stands."""

    area: str
    side: str
    face: str
    path: str
    pin: Point


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding on one figure: the paths to fill and the places of its number."""

    number: int
    mode: str
    paths: tuple[str, ...]
    pins: tuple[Point, ...]


def _outline() -> str:
    path = "M{},{}".format(*_START)
    path += "".join("C{},{} {},{} {},{}".format(*curve) for curve in _CURVES)
    path += f"L{_WIDTH - _CURVES[-1][4]},{_CURVES[-1][5]}"
    starts = [_START, *((curve[4], curve[5]) for curve in _CURVES[:-1])]
    for (x, y), (ax, ay, bx, by, _x, _y) in reversed(list(zip(starts, _CURVES, strict=True))):
        path += f"C{_WIDTH - bx},{by} {_WIDTH - ax},{ay} {_WIDTH - x},{y}"
    return path + "Z"


def _points(corners: str) -> list[Point]:
    pairs = (corner.split(",") for corner in corners.split())
    return [(float(x), float(y)) for x, y in pairs]


def _toward(start: Point, end: Point) -> Point:
    """The point a rounding away from a corner, or half way where the edge is short."""
    length = hypot(end[0] - start[0], end[1] - start[1])
    part = min(_ROUNDING / length, 0.5)
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _path(points: list[Point]) -> str:
    """A closed shape with its corners rounded."""
    drawn = []
    for index, corner in enumerate(points):
        enter = _toward(corner, points[index - 1])
        leave = _toward(corner, points[(index + 1) % len(points)])
        drawn.append("{:.1f},{:.1f}Q{:g},{:g} {:.1f},{:.1f}".format(*enter, *corner, *leave))
    return "M" + "L".join(drawn) + "Z"


def _pin(points: list[Point], *, is_left: bool) -> Point:
    """Beside the shape, on the side away from the middle of the body."""
    across = [x for x, _ in points]
    least, most = _EDGE
    x = max(least, min(across) - 5) if is_left else min(most, max(across) + 5)
    return x, (min(y for _, y in points) + max(y for _, y in points)) / 2


def _both_halves(area: str, corners: str, face: str) -> tuple[Region, Region]:
    points = _points(corners)
    mirrored = [(_WIDTH - x, y) for x, y in points]
    near, far = ("R", "L") if face == "front" else ("L", "R")
    return (
        Region(area, near, face, _path(points), _pin(points, is_left=True)),
        Region(area, far, face, _path(mirrored), _pin(mirrored, is_left=False)),
    )


def _regions(face: str, halves: dict[str, str], middle: dict[str, str]) -> tuple[Region, ...]:
    sided = [region for area, text in halves.items() for region in _both_halves(area, text, face)]
    between = [
        Region(area, "N", face, _path(points), _pin(points, is_left=False))
        for area, points in ((area, _points(text)) for area, text in middle.items())
    ]
    return *sided, *between


OUTLINE = _outline()
REGIONS = {"front": _regions("front", _FRONT, {}), "back": _regions("back", _BACK, _MIDDLE)}
"""What can be marked by a click, figure by figure, in the order it is drawn."""

WHOLE = {
    face: Region("WHOLE_BODY", "N", face, OUTLINE, (140.0, 20.0)) for face in ("front", "back")
}


def regions_of(area: str, side: str, face: str) -> tuple[Region, ...]:
    """The shapes on a figure that make up a spot: both halves where no one side is named."""
    if area == "WHOLE_BODY":
        return (WHOLE[face],)
    sides = {"L", "R", "N"} if side in ("B", "N", "") else {side, "N"}
    return tuple(one for one in REGIONS[face] if one.area == area and one.side in sides)


def _free(pin: Point, taken: list[Point]) -> Point:
    """The first place at or below a pin's own that lies clear of the others."""
    x, y = pin
    while y < _LAST and any(hypot(x - a, y - b) < _PIN for a, b in taken):
        y += 3
    return x, y


def marks(findings: Iterable[Finding | Mapping[str, Any]], face: str) -> tuple[Mark, ...]:
    """What findings look like on a figure, numbered from 1 in their order.

    One that was marked on the other figure, or names no spot, is left out.
    """
    drawn: list[Mark] = []
    taken: list[Point] = []
    for number, finding in enumerate(findings, 1):
        area, side, mode, on = (_of(finding, name) for name in ("area", "side", "mode", "face"))
        if not is_spot(area, side or "N") or mode not in MODES or on not in ("", face):
            continue
        regions = regions_of(area, side, face)
        pins = []
        for region in regions:
            pins.append(_free(region.pin, taken))
            taken.append(pins[-1])
        if regions:
            drawn.append(Mark(number, mode, tuple(one.path for one in regions), tuple(pins)))
    return tuple(drawn)


def spots(pairs: Iterable[tuple[str, str]], face: str) -> tuple[str, ...]:
    """The paths of areas to leave alone, for pairs of area and side; unknown ones are left out."""
    return tuple(
        region.path
        for area, side in pairs
        if area in AREAS
        for region in regions_of(area, side, face)
    )


def is_within(finding: Finding | Mapping[str, Any], pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether a finding may touch one of the spots: the same area, and not its other side."""
    if not finding:
        return False
    area, side = _of(finding, "area"), _of(finding, "side") or "N"
    if not area:
        return False
    return any(
        "WHOLE_BODY" in (area, other)
        or (area == other and (side == at or not {side, at or "N"}.isdisjoint("BN")))
        for other, at in pairs
    )


def spot_or_area(area: str, side: str) -> Words:
    """A spot in words; for one that is none, the area alone, or the code as it was given."""
    if is_spot(area, side or "N"):
        return spot(area, side or "N")
    return AREAS[area].name if area in AREAS else Words("{area}", (("area", area),))


def _of(finding: Finding | Mapping[str, Any], name: str) -> str:
    value = finding.get(name) if isinstance(finding, Mapping) else getattr(finding, name)
    return str(value or "")
