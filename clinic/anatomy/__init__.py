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
from clinic.anatomy.figures import (
    LINES,
    OUTLINE,
    REGIONS,
    SMALL,
    VIEW,
    is_within,
    marks,
    spot_or_area,
    spots,
)
from clinic.anatomy.findings import (
    KINDS,
    MODES,
    Finding,
    read_findings,
    rows_sent,
    sent_findings,
    write_findings,
)
from clinic.anatomy.movements import JOINTS, MOVEMENTS, Movement

__all__ = [
    "AREAS",
    "GROUPS",
    "JOINTS",
    "KINDS",
    "LINES",
    "MODES",
    "MOVEMENTS",
    "OUTLINE",
    "POSITIONS",
    "REGIONS",
    "SIDES",
    "SMALL",
    "VIEW",
    "Area",
    "Finding",
    "Movement",
    "is_spot",
    "is_within",
    "marks",
    "read_findings",
    "rows_sent",
    "sent_findings",
    "sides_of",
    "spot",
    "spot_or_area",
    "spots",
    "write_findings",
]
