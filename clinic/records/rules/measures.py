"""Measures of outcome: what there is, how far it goes, and which change may be meaningful.

Only what may be used freely is asked item by item. Of a questionnaire that somebody owns, the
clinic's own copy is filled in on paper, and its score alone is written down here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clinic.anatomy import JOINTS, MOVEMENTS, SIDES
from clinic.anatomy.movements import METHODS
from clinic.core.errors import DomainError
from clinic.core.words import Words, say
from clinic.records.rules import roland

LOW, HIGH, NEITHER = "low", "high", ""
"""Which end of a scale is the better one; of girth it is the goal that says so."""
HOWS = {"active": say("active"), "passive": say("passive")}
MOMENTS = {
    "": say("On the day"),
    "before": say("before the session"),
    "after": say("after the session"),
}
ACTIVITIES = 5
ACTIVITY_MAX = 120
COMMENT_MAX = 300

CHANGES = {
    -7: say("A very great deal worse"),
    -6: say("A great deal worse"),
    -5: say("A good deal worse"),
    -4: say("Moderately worse"),
    -3: say("Somewhat worse"),
    -2: say("A little worse"),
    -1: say("Almost the same, hardly any worse"),
    0: say("No change"),
    1: say("Almost the same, hardly any better"),
    2: say("A little better"),
    3: say("Somewhat better"),
    4: say("Moderately better"),
    5: say("A good deal better"),
    6: say("A great deal better"),
    7: say("A very great deal better"),
}
"""What each step of the global rating of change is called: Jaeschke, Singer, Guyatt, Controlled
Clinical Trials 10 (1989), 407-415."""

GIRTH_POINTS = {
    "HAND": say("Hand, across the palm"),
    "WRIST": say("Wrist"),
    "FOREARM": say("Forearm, 10 cm below the elbow crease"),
    "UPPER_ARM": say("Upper arm, 10 cm above the elbow crease"),
    "FOOT": say("Foot, across the instep"),
    "ANKLE": say("Ankle, above the ankle bones"),
    "CALF": say("Calf, at its widest"),
    "KNEE": say("Knee, across the kneecap"),
    "THIGH": say("Thigh, 10 cm above the kneecap"),
}
"""Fixed points of a limb: only girths taken at the same point are compared."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """About how much change people notice, and who found that: a hint, never a proof.

    ``mild`` and ``severe`` stand in for ``about`` where the first figure was at most 3, or
    at least 7.
    """

    about: float
    source: str
    mild: float = 0
    severe: float = 0

    def after(self, start: float) -> float:
        """The change that may be meaningful for somebody who began here."""
        if self.mild and start <= 3:
            return self.mild
        return self.severe if self.severe and start >= 7 else self.about


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of outcome. Figures run from ``least`` to ``most``, both included."""

    code: str
    group: str
    name: Words
    least: float
    most: float
    scale: Words
    better: str
    licence: Words
    unit: str = ""
    places: int = 0
    hint: Words | None = None
    meaning: Meaning | None = None
    is_score_only: bool = False

    def holds(self, value: float) -> bool:
        """Whether a figure can be one of this measure's."""
        return self.least <= value <= self.most and value == round(value, self.places)


_FREE = say("Free to use.")
_OWN = say("Our own wording, free to use.")
_0_10 = say("0 to 10")
# About 2 points of 10, less for somebody whose pain was mild and more where it was severe:
# https://pmc.ncbi.nlm.nih.gov/articles/PMC7053735, https://doi.org/10.1055/a-1304-3677
_PAIN = Meaning(2, "PMC7053735; doi 10.1055/a-1304-3677", mild=1, severe=3)
# Roland-Morris 3.5 and Oswestry 10 points in low back pain: Ostelo and de Vet, "Clinically
# important outcomes in low back pain", Best Practice & Research Clinical Rheumatology 19 (2005).
_BACK = "Ostelo and de Vet 2005"

_ALL = (
    Measure("NPRS_NOW", "pain", say("Pain now"), 0, 10, _0_10, LOW, _FREE,
            hint=say("0 is no pain, 10 the worst you can imagine."), meaning=_PAIN),
    Measure("NPRS_AVERAGE", "pain", say("Pain on average"), 0, 10, _0_10, LOW, _FREE,
            hint=say("Over the last week."), meaning=_PAIN),
    Measure("NPRS_WORST", "pain", say("Pain at its worst"), 0, 10, _0_10, LOW, _FREE,
            hint=say("Over the last week."), meaning=_PAIN),
    Measure("PSFS", "activities", say("Own activities"), 0, 10, _0_10, HIGH,
            say("Patient-Specific Functional Scale, free to use."), places=1,
            hint=say("0 is unable, 10 is as well as before. The mean is what counts."),
            # Stratford and others, Physiotherapy Canada 47 (1995); RehabMeasures, entry 890.
            meaning=Meaning(2, "Stratford and others 1995; RehabMeasures 890")),
    Measure("ROM", "movement", say("Range of motion"), 0, 200, say("degrees"), HIGH, _FREE,
            unit="°"),
    Measure("STRESS_NRS", "wellbeing", say("Stress"), 0, 10, _0_10, LOW, _OWN,
            hint=say("0 is none, 10 the most you can imagine.")),
    Measure("SLEEP_NRS", "wellbeing", say("Sleep quality"), 0, 10, _0_10, HIGH, _OWN,
            hint=say("0 is the worst, 10 the best you can imagine.")),
    Measure("SLEEP_HOURS", "wellbeing", say("Hours of sleep"), 0, 24, say("hours a night"), HIGH,
            _OWN, unit="h", places=1, hint=say("On average over the last week.")),
    Measure("MOOD_NRS", "wellbeing", say("Mood"), 0, 10, _0_10, HIGH, _OWN,
            hint=say("0 is the worst, 10 the best you can imagine.")),
    Measure("GROC", "wellbeing", say("Change since the beginning"), -7, 7, say("−7 to +7"), HIGH,
            _FREE, hint=say("−7 is a very great deal worse, 0 the same, +7 a very great deal"
                            " better.")),
    Measure("GIRTH", "girth", say("Girth"), 3, 150, say("cm"), NEITHER, _FREE, unit="cm",
            places=1),
    Measure("RMDQ", "back", say("Roland-Morris questionnaire"), 0, 24, say("0 to 24"),
            LOW, say("No permission is needed when it is used as published."),
            hint=say("How many of the 24 statements were ticked."),
            meaning=Meaning(3.5, _BACK)),
    Measure("ODI", "questionnaires", say("Oswestry index"), 0, 100, say("percent"), LOW,
            say("Copyright: use your own licensed copy and enter the score."), unit="%",
            meaning=Meaning(10, _BACK), is_score_only=True),
    # Raw points of 50: Vernon, "The Neck Disability Index: state-of-the-art", JMPT 31 (2008).
    Measure("NDI", "questionnaires", say("Neck Disability Index"), 0, 50, say("0 to 50"), LOW,
            say("Copyright: use your own licensed copy and enter the score."),
            meaning=Meaning(5, "Vernon 2008"), is_score_only=True),
    Measure("PSQI", "questionnaires", say("Pittsburgh sleep index"), 0, 21, say("0 to 21"), LOW,
            say("Copyright, free for research and teaching only: enter the score of your own"
                " licensed copy."), is_score_only=True),
    Measure("PSS10", "questionnaires", say("Perceived stress, 10 items"), 0, 40, say("0 to 40"),
            LOW, say("Free where no money is earned: enter the score of your own licensed copy."),
            is_score_only=True),
)  # fmt: skip

MEASURES: dict[str, Measure] = {one.code: one for one in _ALL}
"""Every measure that is offered, by its code."""
GROUPS = {
    "pain": say("Pain"),
    "movement": say("Movement"),
    "activities": say("Activities"),
    "wellbeing": say("Stress, sleep, mood"),
    "girth": say("Girth"),
    "back": say("Back, 24 statements"),
    "questionnaires": say("Questionnaires"),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What exactly is measured: figures of one subject can be compared with each other.

    ``point`` is a movement, or the point of a limb; ``how`` is "passive" for a movement that
    the therapist makes, otherwise it is active.
    """

    measure: str
    point: str = ""
    side: str = ""
    how: str = ""

    @property
    def code(self) -> str:
        """The subject in one word, such as ``ROM:NECK_ROTATION:L``."""
        return f"{self.measure}:{self.point}:{self.side}:{self.how}".rstrip(":")

    @property
    def kind(self) -> Measure:
        """Its measure."""
        return MEASURES[self.measure]

    @property
    def name(self) -> Words:
        """``Neck, turning, left``."""
        if self.measure == "ROM":
            return self._movement()
        if self.measure == "GIRTH":
            return say("{what}, {side}", what=GIRTH_POINTS[self.point], side=SIDES[self.side])
        return self.kind.name

    def _movement(self) -> Words:
        move = MOVEMENTS[self.point]
        said = say("{joint}, {movement}", joint=JOINTS[move.joint], movement=move.name)
        if self.side:
            said = say("{what}, {side}", what=said, side=SIDES[self.side])
        return say("{what}, {how}", what=said, how=HOWS[self.how]) if self.how else said

    @property
    def unit(self) -> str:
        """What stands behind a figure; nothing for a plain scale."""
        if self.measure == "ROM":
            return {"deg": "°"}.get(MOVEMENTS[self.point].unit, MOVEMENTS[self.point].unit)
        return self.kind.unit

    @property
    def scale(self) -> Words:
        """``0 to 10``, ``degrees``."""
        known = {"mm": say("mm"), "cm": say("cm")}
        return known.get(self.unit, self.kind.scale)

    @property
    def better(self) -> str:
        """Which end is the better one. What should be 0 is better low."""
        if self.measure == "ROM":
            return HIGH if MOVEMENTS[self.point].high else LOW
        return self.kind.better

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the most that can be written down."""
        if self.measure == "ROM":
            return 0, MOVEMENTS[self.point].most
        return self.kind.least, self.kind.most

    def holds(self, value: float) -> bool:
        """Whether a figure can be one of this subject's."""
        low, high = self.bounds
        return low <= value <= high and self.kind.holds(value)

    def figure(self, value: float) -> str:
        """``64°``, ``6.5 h``, ``+3``."""
        text = f"{value:+g}" if self.measure == "GROC" and value else f"{value:g}"
        text = text.replace("-", "−")
        return f"{text}{self.unit}" if self.unit in ("°", "%", "") else f"{text} {self.unit}"


def parsed(code: str) -> Subject:
    """The subject of a code that was written here."""
    return Subject(*code.split(":", 3))


def subject_of(code: str) -> Subject:
    """The subject that a code names. Raises DomainError where there is none."""
    found = parsed(code)
    if found.code != code or found not in _SUBJECTS:
        raise DomainError(say("Choose what was measured."), field="subject")
    return found


def _sides(has_sides: bool) -> tuple[str, ...]:
    return ("L", "R") if has_sides else ("",)


MOVES: tuple[Subject, ...] = tuple(
    Subject("ROM", move.code, side)
    for move in MOVEMENTS.values()
    for side in _sides(move.has_sides)
)
"""Every active movement, by its side."""
GIRTHS: tuple[Subject, ...] = tuple(
    Subject("GIRTH", point, side) for point in GIRTH_POINTS for side in ("L", "R")
)
PLAIN: tuple[Subject, ...] = tuple(
    Subject(one.code) for one in _ALL if one.code not in ("ROM", "GIRTH")
)
"""Measures that need no more said of where."""
_SUBJECTS = frozenset(
    (*PLAIN, *GIRTHS, *MOVES, *(Subject("ROM", one.point, one.side, "passive") for one in MOVES))
)


@dataclass(frozen=True, slots=True)
class Taken:
    """One figure of a subject, as it was taken.

    ``moment`` is before or after a session, or neither. ``items`` are own activities with
    their scores; the value is then their mean. ``ticked`` are numbers of statements of the
    wording ``wording``, ticked ``by`` the client or the therapist; without a wording only the
    score is known.
    """

    subject: Subject
    value: float
    moment: str = ""
    method: str = ""
    is_painful: bool = False
    items: tuple[tuple[str, int], ...] = ()
    comment: str = ""
    ticked: tuple[int, ...] = ()
    wording: str = ""
    by: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Of one note there is one figure of a subject at a moment."""
        return self.subject.code, self.moment


def checked(taken: Taken) -> Taken:
    """The same, if it can be. Raises DomainError beside ``value``."""
    low, high = taken.subject.bounds
    if not taken.subject.holds(taken.value):
        places = taken.subject.kind.places
        raise DomainError(
            say("Enter a number from {low} to {high}.", low=f"{low:g}", high=f"{high:g}")
            if not low <= taken.value <= high
            else (say("Enter a whole number.") if not places else say("Use one decimal place.")),
            field="value",
        )
    is_named = taken.moment in MOMENTS and taken.method in ("", *METHODS)
    if not is_named or len(taken.comment) > COMMENT_MAX:
        raise DomainError(say("Look at this once more."), field="value")
    return taken


def of_statements(numbers: Iterable[int], by: str, comment: str = "") -> Taken:
    """The back questionnaire: its score is the number of ticks. Raises DomainError."""
    found = roland.ticked(numbers)
    if by not in roland.BY:
        raise DomainError(say("Choose from the list."), field="by")
    return Taken(
        Subject("RMDQ"), len(found), comment=comment, ticked=found, wording=roland.VERSION, by=by
    )


def is_unusual(taken: Taken) -> bool:
    """Whether a movement goes so far past the usual that it may be a slip of the pen."""
    subject = taken.subject
    return subject.measure == "ROM" and MOVEMENTS[subject.point].is_unusual(int(taken.value))


def of_activities(items: Mapping[str, int]) -> Taken:
    """Own activities and how well each goes, 0 to 10: their mean. Raises DomainError."""
    if not 1 <= len(items) <= ACTIVITIES:
        raise DomainError(say("Name one to five activities."), field="activity_1")
    if any(not 0 <= score <= 10 for score in items.values()):
        raise DomainError(say("Enter a number from 0 to 10."), field="activity_1")
    mean = round(sum(items.values()) / len(items), 1)
    named = tuple((name[:ACTIVITY_MAX], score) for name, score in items.items())
    return Taken(Subject("PSFS"), mean, items=named)


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved: ``by`` with its sign; ``tone`` is better, worse, same or nothing.

    ``may_matter`` says that people often notice a change of this size.
    """

    by: float
    tone: str
    may_matter: bool = False
    figure: str = field(default="", compare=False)


def change(subject: Subject, start: float, now: float, target: float | None = None) -> Change:
    """How a subject moved. Where neither end is better in itself, the goal says which is."""
    by = round(now - start, 1)
    better = subject.better
    if better == NEITHER and target is not None and target != start:
        better = HIGH if target > start else LOW
    if by == 0:
        tone = "same"
    elif better == NEITHER:
        tone = ""
    else:
        tone = "better" if (by > 0) == (better == HIGH) else "worse"
    meaning = subject.kind.meaning
    matters = meaning is not None and abs(by) >= meaning.after(start)
    return Change(by, tone, matters, subject.figure(abs(by)).lstrip("+"))


def progress(start: float, now: float, target: float) -> int:
    """How much of the way from the start to the goal is gone, 0 to 100."""
    if start == target:
        return 100 if now == target else 0
    return max(0, min(100, round(100 * (now - start) / (target - start))))
