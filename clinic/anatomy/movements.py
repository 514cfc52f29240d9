"""Movements of the joints, and about how far they usually go in adults."""

from dataclasses import dataclass

from clinic.core.words import Words, say

DEGREES, MILLIMETRES, CENTIMETRES = "deg", "mm", "cm"

UNITS = {DEGREES: say("degrees"), MILLIMETRES: say("mm"), CENTIMETRES: say("cm")}

METHODS = {
    "goniometer": say("goniometer"),
    "inclinometer": say("inclinometer"),
    "tape": say("tape measure"),
    "eye": say("by eye"),
}
"""How a movement was measured."""

JOINTS = {
    "neck": say("Neck"),
    "shoulder": say("Shoulder"),
    "elbow": say("Elbow"),
    "wrist": say("Wrist"),
    "lumbar": say("Low back"),
    "hip": say("Hip"),
    "knee": say("Knee"),
    "ankle": say("Ankle"),
    "jaw": say("Jaw"),
}

_BEYOND = 30  # degrees past the usual at which a reading is looked at twice


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of a joint.

    ``low`` to ``high`` is about where healthy adults end, in ``unit`` (``deg``, ``mm``, ``cm``);
    they are equal where textbooks give one figure. ``most`` is the highest reading taken.
    """

    code: str
    joint: str
    name: Words
    low: int
    high: int
    unit: str = DEGREES
    has_sides: bool = True

    @property
    def most(self) -> int:
        """The highest figure that may be recorded: 200 degrees, 100 mm, 100 cm."""
        return 200 if self.unit == DEGREES else 100

    def is_possible(self, value: int) -> bool:
        """Whether a reading, in this movement's unit, can be recorded at all."""
        return 0 <= value <= self.most

    def is_unusual(self, value: int) -> bool:
        """Whether a reading lies so far past the usual that it may be a slip of the pen."""
        return self.unit == DEGREES and value > self.high + _BEYOND


# Rough adult values as textbooks of joint measurement give them (Norkin and White, "Measurement
# of Joint Motion"; the American Academy of Orthopaedic Surgeons' "Joint Motion"). They differ
# by age, method and book: a figure to compare with, never a diagnosis.
_ALL = (
    Movement("NECK_FLEXION", "neck", say("bending forward"), 45, 50, has_sides=False),
    Movement("NECK_EXTENSION", "neck", say("bending back"), 45, 60, has_sides=False),
    Movement("NECK_SIDE_BEND", "neck", say("bending to the side"), 45, 45),
    Movement("NECK_ROTATION", "neck", say("turning"), 60, 80),
    Movement("SHOULDER_FLEXION", "shoulder", say("lifting forward"), 180, 180),
    Movement("SHOULDER_EXTENSION", "shoulder", say("moving back"), 60, 60),
    Movement("SHOULDER_ABDUCTION", "shoulder", say("lifting sideways"), 180, 180),
    Movement("SHOULDER_EXTERNAL", "shoulder", say("turning out"), 90, 90),
    Movement("SHOULDER_INTERNAL", "shoulder", say("turning in"), 70, 70),
    Movement("ELBOW_FLEXION", "elbow", say("bending"), 140, 150),
    Movement("WRIST_FLEXION", "wrist", say("bending toward the palm"), 80, 80),
    Movement("WRIST_EXTENSION", "wrist", say("bending toward the back of the hand"), 70, 70),
    Movement("LUMBAR_FLEXION", "lumbar", say("bending forward"), 60, 60, has_sides=False),
    Movement("LUMBAR_EXTENSION", "lumbar", say("bending back"), 25, 25, has_sides=False),
    Movement("LUMBAR_SIDE_BEND", "lumbar", say("bending to the side"), 25, 25),
    Movement("FINGERTIP_FLOOR", "lumbar", say("fingertips to floor"), 0, 0, CENTIMETRES, False),
    Movement("HIP_FLEXION", "hip", say("bending"), 120, 120),
    Movement("HIP_EXTENSION", "hip", say("moving back"), 30, 30),
    Movement("HIP_ABDUCTION", "hip", say("lifting sideways"), 45, 45),
    Movement("HIP_INTERNAL", "hip", say("turning in"), 45, 45),
    Movement("HIP_EXTERNAL", "hip", say("turning out"), 45, 45),
    Movement("KNEE_FLEXION", "knee", say("bending"), 135, 140),
    Movement("KNEE_EXTENSION", "knee", say("straightening"), 0, 0),
    Movement("ANKLE_DORSIFLEXION", "ankle", say("lifting the foot"), 20, 20),
    Movement("ANKLE_PLANTARFLEXION", "ankle", say("pointing the foot"), 50, 50),
    Movement("JAW_OPENING", "jaw", say("opening"), 40, 50, MILLIMETRES, False),
)

MOVEMENTS: dict[str, Movement] = {movement.code: movement for movement in _ALL}
"""Every movement by its code, joint by joint."""
