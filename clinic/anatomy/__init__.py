"""The body as the clinic speaks of it: areas, sides, positions, movements, findings. Pure data."""

from clinic.anatomy.areas import (
    AREAS,
    GROUPS,
    POSITIONS,
    SIDES,
    Area,
    is_spot,
    sides_of,
    spot,
)
from clinic.anatomy.findings import (
    KINDS,
    MODES,
    Finding,
    read_findings,
    write_findings,
)
from clinic.anatomy.movements import JOINTS, MOVEMENTS, Movement

__all__ = [
    "AREAS",
    "GROUPS",
    "JOINTS",
    "KINDS",
    "MODES",
    "MOVEMENTS",
    "POSITIONS",
    "SIDES",
    "Area",
    "Finding",
    "Movement",
    "is_spot",
    "read_findings",
    "sides_of",
    "spot",
    "write_findings",
]
