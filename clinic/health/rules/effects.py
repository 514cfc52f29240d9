"""What reception is told of a verdict: what to do, in fixed phrases, and never why.

Only what binds is told: a stop, a hold, hard blocks, caps, areas and training. Nothing is taken
from a rule's own words, and rules that hold for everybody are left out.
"""

from clinic.anatomy import AREAS, is_spot, spot
from clinic.core.words import Words, say
from clinic.health.rules.facts import Limits
from clinic.health.rules.rulebook import ALL
from clinic.health.rules.screening import Hit, Verdict

TECHNIQUES = {
    "SWEDISH": say("Swedish massage"),
    "RELAX": say("relaxation massage"),
    "DEEP": say("deep tissue"),
    "TRP": say("trigger points"),
    "NMT": say("neuromuscular therapy"),
    "MFR": say("myofascial release"),
    "SPORTS": say("sports massage"),
    "STRETCH": say("stretching"),
    "MLD": say("lymph drainage"),
    "CDT": say("lymphedema care"),
    "CST": say("craniosacral work"),
    "SCAR": say("scar work"),
    "FRICTION": say("friction"),
    "PERCUSSION": say("percussion"),
    "ABDO": say("abdominal massage"),
    "PRENATAL": say("prenatal massage"),
    "POSTNATAL": say("postnatal massage"),
    "ONCO": say("adapted touch"),
    "GENTLE": say("gentle touch"),
    "TMJ_EXT": say("jaw work"),
    "TMJ_INT": say("jaw work inside the mouth"),
    "CHAIR": say("chair massage"),
    "HOTSTONE": say("hot stones"),
    "HEAT": say("heat"),
    "COLD": say("cold"),
    "CUPPING": say("cupping"),
    "AROMA": say("aromatherapy"),
    "TAPE": say("kinesiology tape"),
}
"""The shipped techniques in plain words. A code that is not here is never shown."""

_PHRASES = {
    "stop": say("No treatment until a therapist has looked"),
    "review": say("A therapist looks at this before the visit"),
    "form": say("Health form missing"),
    "due": say("Health form due again"),
    "check": say("Ask the questions of the day"),
    "ask": say("A therapist asks something before the start"),
}
_PRESSURES = (
    say("No pressure at all"),
    say("Very light pressure at most"),
    say("Light pressure at most"),
    say("Medium pressure at most"),
    say("Strong pressure at most"),
)
_PRENATAL = say("Only therapists with prenatal training")
_TRAINED = say("Only therapists with the further training this visit needs")
_TOLD = ("stop", "review", "form", "due", "check", "ask")


def effects(verdict: Verdict, *, is_today: bool = False) -> tuple[str, ...]:
    """The codes that reception is shown for a visit, the gravest first.

    ``stop``, ``review``, ``form``, ``due``, ``check`` (only with ``is_today``), ``ask``, then
    ``no:HOTSTONE``, ``avoid:CALF:L``, ``pressure:2``, ``need:PRENATAL``.
    """
    hard = [hit for hit in verdict.hits if hit.counts and hit.is_hard and not hit.is_always]
    asks = verdict.asks if is_today else verdict.asks_ahead
    holds = {
        "stop": verdict.is_stopped,
        "review": verdict.is_held,
        "form": verdict.form == "missing",
        "due": verdict.form == "due",
        "check": is_today and not verdict.is_checked,
        "ask": bool(asks) and verdict.form == "ok",
    }
    told = [code for code in _TOLD if holds[code]]
    if verdict.is_stopped:
        return tuple(told)
    session = [hit for hit in hard if hit.scope == "session"]
    return (*told, *_limits(session, verdict.ordered), *_needs(hard))


def _limits(hits: list[Hit], ordered: Limits) -> list[str]:
    blocked = sorted({code for hit in hits for code in hit.blocks}.union(ordered.blocked))
    spots = sorted({spot for hit in hits for spot in hit.areas}.union(ordered.areas))
    given = [ordered.pressure, *(hit.pressure for hit in hits)]
    caps = [pressure for pressure in given if pressure is not None]
    return [
        *(f"no:{code}" for code in blocked),
        *(f"avoid:{area}:{side}" for area, side in spots),
        *([f"pressure:{min(caps)}"] if caps and min(caps) < len(_PRESSURES) else []),
    ]


def _needs(hits: list[Hit]) -> list[str]:
    needed = {hit.qualification for hit in hits if hit.qualification_scope != "area"}
    return [f"need:{code}" for code in sorted(needed - {""})]


def say_effect(code: str) -> Words:
    """An effect in words for reception. What no phrase knows is said without its name."""
    name, _, rest = code.partition(":")
    match name:
        case "no":
            return _no(rest)
        case "avoid":
            return _avoid(rest)
        case "pressure" if rest.isdigit() and int(rest) < len(_PRESSURES):
            return _PRESSURES[int(rest)]
        case "need":
            return _PRENATAL if rest == "PRENATAL" else _TRAINED
        case _:
            return _PHRASES.get(name, _PHRASES["review"])


def _no(technique: str) -> Words:
    if technique == ALL:
        return _PHRASES["stop"]
    if technique in TECHNIQUES:
        return say("No {technique}", technique=TECHNIQUES[technique])
    return say("Some techniques are left out")


def _avoid(rest: str) -> Words:
    area, _, side = rest.partition(":")
    if area not in AREAS:
        return say("Some areas are left out")
    where = spot(area, side if is_spot(area, side) else "N")
    return say("Leave out: {where}", where=where)
