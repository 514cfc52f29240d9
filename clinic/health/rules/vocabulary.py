"""The closed lists that facts and rules are written in. What is not listed here is refused."""

from dataclasses import dataclass

from clinic.core.words import Words, say
from clinic.health.rules.conditions import CONDITIONS, GROUPS, Term
from clinic.health.rules.questions import ANSWERS, CHECKS, PREGNANT_DAY, SCOPES, Check, Question

__all__ = [
    "ALLERGENS",
    "ANSWERS",
    "CHECKS",
    "CODES",
    "CONDITIONS",
    "CONSENTS",
    "DETAILS",
    "DEVICES",
    "EVENTS",
    "FINDINGS",
    "GROUPS",
    "INJURIES",
    "MEDICINES",
    "OBSERVATIONS",
    "OTHER",
    "PREGNANCIES",
    "PREGNANT_DAY",
    "READINGS",
    "ROUTES",
    "SCOPES",
    "STANDING",
    "SURGERIES",
    "TREATMENTS",
    "Check",
    "Measure",
    "Question",
    "Source",
    "Term",
]

OTHER = "OTHER"
"""Something that no list names. Until a therapist has sorted it (detail ``sorted=yes``: it is
none of those listed) a rule that asks for a listed one takes it as not known."""


def _listed(*terms: Term) -> dict[str, Term]:
    return {term.code: term for term in terms}


MEDICINES = _listed(
    Term("ANTICOAGULANT", say("Blood thinner (anticoagulant)")),
    Term("ANTIPLATELET", say("Blood thinner (antiplatelet, for example daily aspirin)")),
    Term("ANTIHYPERTENSIVE", say("For high blood pressure")),
    Term("DIURETIC", say("Water tablet (diuretic)")),
    Term("INSULIN", say("Insulin")),
    Term("ORAL_ANTIDIABETIC", say("For diabetes, as tablets")),
    Term("OPIOID", say("Strong painkiller (opioid)")),
    Term("NSAID_ANALGESIC", say("Other painkiller, for example ibuprofen")),
    Term("SEDATIVE", say("Sedative or sleeping medicine")),
    Term("MUSCLE_RELAXANT", say("Muscle relaxant")),
    Term("CORTICOSTEROID_SYSTEMIC", say("Cortisone as tablets or injections")),
    Term("IMMUNOSUPPRESSANT", say("Calms the immune response (immunosuppressant)")),
    Term("CHEMOTHERAPY", say("Chemotherapy")),
    Term("PHOTOSENSITISER", say("Makes the skin sensitive to light or heat")),
    Term(OTHER, say("Another medicine")),
)

ROUTES = {
    "oral": say("By mouth"),
    "injected": say("Injected"),
    "topical": say("On the skin"),
    "transdermal": say("Patch"),
    "inhaled": say("Inhaled"),
}

ALLERGENS = _listed(
    Term("OIL", say("Oil")),
    Term("LOTION", say("Lotion or cream")),
    Term("NUT", say("Nuts")),
    Term("LATEX", say("Latex")),
    Term("FRAGRANCE", say("Fragrance or scent")),
    Term("ADHESIVE", say("Adhesive, tape or plaster")),
    Term("FOOD", say("Food")),
    Term("MEDICINE", say("Medicine")),
    Term(OTHER, say("Another allergy")),
)

INJURIES = _listed(
    Term("FRACTURE", say("Broken bone")),
    Term("SKULL_FRACTURE", say("Skull fracture")),
    Term("DISLOCATION", say("Dislocated joint")),
    Term("SPRAIN_STRAIN", say("Sprain or strain")),
    Term("CONTUSION", say("Bruise")),
    Term("WHIPLASH", say("Whiplash")),
    Term("HEAD_INJURY", say("Blow to the head")),
    Term("MAJOR_TRAUMA", say("Serious accident or fall")),
    Term("TEAR", say("Torn muscle, tendon or ligament")),
    Term("WOUND", say("Cut or wound")),
    Term(OTHER, say("Another injury")),
)

SURGERIES = _listed(
    Term("JOINT_REPLACEMENT", say("Joint replacement")),
    Term("INTERNAL_FIXATION", say("Plates, screws or rods")),
    Term("SPINAL", say("Spine")),
    Term("ABDOMINAL", say("Abdomen")),
    Term("CAESAREAN", say("Caesarean")),
    Term("CARDIAC", say("Heart")),
    Term("CRANIAL", say("Head or brain")),
    Term("BREAST_CANCER", say("Breast cancer surgery")),
    Term(OTHER, say("Another operation")),
)

DEVICES = _listed(
    Term("PACEMAKER", say("Pacemaker or defibrillator")),
    Term("PORT", say("Port")),
    Term("CATHETER", say("Catheter")),
    Term("DRAIN", say("Drain")),
    Term("STOMA", say("Stoma")),
    Term("INSULIN_PUMP", say("Insulin pump or glucose sensor")),
    Term("SHUNT", say("Shunt")),
    Term("IMPLANT", say("Implant")),
    Term(OTHER, say("Another device")),
)

TREATMENTS = _listed(
    Term("VACCINE", say("Vaccine")),
    Term("INSULIN_INJECTION", say("Insulin injection")),
    Term("CORTISONE_INJECTION", say("Cortisone injection")),
    Term("TOXIN_OR_FILLER", say("Botulinum toxin or filler")),
    Term("RADIATION", say("Radiation treatment")),
    Term(OTHER, say("Another treatment")),
)

OBSERVATIONS = _listed(
    Term("impaired", say("Seems impaired by alcohol, drugs or medicine, or cannot consent")),
    Term("emergency_sign", say("Signs of an emergency")),
    Term("dvt_signs", say("Signs of a clot: one limb swollen, hot, red, painful")),
    Term("acute_distress", say("In acute distress")),
    Term(OTHER, say("Something else")),
)

FINDINGS = _listed(
    Term("LUMP", say("Lump that nobody has looked at")),
    Term("OPEN_SKIN", say("Open or broken skin")),
    Term("CONTAGIOUS_LESION", say("Skin change that may be contagious")),
    Term("SWELLING", say("Swelling")),
    Term("BRUISE", say("Bruise")),
    Term(OTHER, say("Something else")),
)

PREGNANCIES = _listed(Term("PREGNANCY", say("Pregnancy")))


@dataclass(frozen=True, slots=True)
class Measure:
    """A reading: its unit, the least and the most that is believed, and whether it stands until
    it is ended (a laboratory value) rather than for its day."""

    name: str
    label: Words
    unit: str
    least: float
    most: float
    lasts: bool = False


READINGS = {
    one.name: one
    for one in (
        Measure("temp_c", say("Temperature"), "°C", 30.0, 45.0),
        Measure("bp_sys", say("Blood pressure, upper"), "mmHg", 50, 300),
        Measure("bp_dia", say("Blood pressure, lower"), "mmHg", 20, 200),
        Measure("pulse", say("Pulse"), "/min", 20, 250),
        Measure("platelets_per_ul", say("Platelets"), "/µL", 0, 2_000_000, lasts=True),
    )
}

CODES: dict[str, dict[str, Term]] = {
    "condition": CONDITIONS,
    "medicine": MEDICINES,
    "allergy": ALLERGENS,
    "injury": INJURIES,
    "surgery": SURGERIES,
    "device": DEVICES,
    "pregnancy": PREGNANCIES,
    "treatment": TREATMENTS,
    "observation": OBSERVATIONS,
    "finding": FINDINGS,
}
"""The codes of each kind of fact; readings are in ``READINGS``."""

YES_NO = ("yes", "no", "unsure")
_SORTED = {"sorted": ("yes",)}
_ERROR = "entered_in_error"

DETAILS: dict[str, dict[str, tuple[str, ...]]] = {
    "condition": {
        "status": ("active", "recurrence", "relapse", "inactive", "remission", "resolved"),
        "verification": ("unconfirmed", "provisional", "confirmed", "refuted", _ERROR),
        "severity": ("mild", "moderate", "severe"),
        "controlled": YES_NO,
        "stable": YES_NO,
        "flare": YES_NO,
        **_SORTED,
    },
    "medicine": {
        "status": ("active", "on_hold", "stopped", _ERROR),
        "route": (*ROUTES, "unsure"),
        "taken_today": YES_NO,
        "long_term": YES_NO,
        **_SORTED,
    },
    "allergy": {
        "status": ("active", "inactive", "resolved", _ERROR),
        "criticality": ("low", "high", "unsure"),
        **_SORTED,
    },
    "injury": {"healed": YES_NO, "scar": YES_NO, "status": ("active", _ERROR), **_SORTED},
    "surgery": {"healed": YES_NO, "status": ("active", _ERROR), **_SORTED},
    "device": {"working": YES_NO, "status": ("active", "removed", _ERROR), **_SORTED},
    "pregnancy": {
        "status": ("current", "delivered", "ended", _ERROR),
        "delivery": ("vaginal", "caesarean", "unsure"),
    },
    "treatment": {"status": ("active", _ERROR), **_SORTED},
    "reading": {},
    "observation": {},
    "finding": {"status": ("active", _ERROR), **_SORTED},
}
"""What may be said of each kind besides its days and its place: key, values. A pregnancy's due
day and what is free text stand elsewhere."""

STANDING: dict[str, tuple[str, ...]] = {
    "condition": ("active", "recurrence", "relapse"),
    "medicine": ("active", "on_hold"),
    "allergy": ("active",),
    "injury": ("active",),
    "surgery": ("active",),
    "device": ("active",),
    "pregnancy": ("current",),
    "treatment": ("active",),
    "reading": ("active",),
    "observation": ("active",),
    "finding": ("active",),
}
"""The statuses in which a fact is so now; nothing said, or not sure, counts as well."""


@dataclass(frozen=True, slots=True)
class Source:
    """Facts that an event is read from, counted from their first day (``on``), their last
    (``until``) or the later of the two (``later``). ``topic`` is what a "no" answers, where
    that is not the facts' own."""

    kind: str
    codes: tuple[str, ...] = ()
    counts_from: str = "on"
    details: tuple[tuple[str, str], ...] = ()
    topic: str = ""


def _read(kind: str, *codes: str, counts_from: str = "on") -> tuple[Source, ...]:
    return (Source(kind, codes, counts_from),)


_BIRTH = Source(
    "pregnancy", ("PREGNANCY",), "until", (("status", "delivered"),), "answer:birth_recent"
)
_CAESAREAN = Source(
    "pregnancy",
    ("PREGNANCY",),
    "until",
    (("status", "delivered"), ("delivery", "caesarean")),
    "answer:birth_recent",
)

EVENTS: dict[str, tuple[Source, ...]] = {
    "DVT": _read("condition", "DVT", counts_from="later"),
    "PE": _read("condition", "PE", counts_from="later"),
    "MI": _read("condition", "MI"),
    "STROKE": _read("condition", "STROKE"),
    "FRACTURE": _read("injury", "FRACTURE", "SKULL_FRACTURE"),
    "SKULL_FRACTURE": _read("injury", "SKULL_FRACTURE"),
    "DISLOCATION": _read("injury", "DISLOCATION"),
    "SPRAIN_STRAIN": _read("injury", "SPRAIN_STRAIN"),
    "CONTUSION": _read("injury", "CONTUSION"),
    "WHIPLASH": _read("injury", "WHIPLASH"),
    "HEAD_INJURY": _read("injury", "HEAD_INJURY", "SKULL_FRACTURE"),
    "MAJOR_TRAUMA": _read("injury", "MAJOR_TRAUMA"),
    "SURGERY": (Source("surgery"), _CAESAREAN),
    "ABDOMINAL_SURGERY": (Source("surgery", ("ABDOMINAL", "CAESAREAN")), _CAESAREAN),
    "CRANIAL_SURGERY": _read("surgery", "CRANIAL"),
    "DELIVERY": (_BIRTH,),
    "CAESAREAN": (_CAESAREAN, Source("surgery", ("CAESAREAN",))),
    "VACCINE": _read("treatment", "VACCINE"),
    "INSULIN_INJECTION": _read("treatment", "INSULIN_INJECTION"),
    "CORTISONE_INJECTION": _read("treatment", "CORTISONE_INJECTION"),
    "TOXIN_OR_FILLER": _read("treatment", "TOXIN_OR_FILLER"),
    "RADIATION": _read("treatment", "RADIATION"),
}
"""What time is counted from: ``since(NAME)``."""

CONSENTS = ("SHARE_PROVIDER",)
"""Kinds of consent whose refusal a rule can ask for."""
