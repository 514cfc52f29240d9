"""What a screening does to a visit: refused, waiting for a review, or as it was.

Everything said here is fit for the desk: fixed phrases that name no condition, no
medicine, no rule and no words of the client's.
"""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

from clinic.anatomy import is_spot, spot
from clinic.core.permissions import Actor, Permission
from clinic.core.words import Words, say
from clinic.health.rules.effects import TECHNIQUES, effects, say_effect
from clinic.health.rules.rulebook import ALL
from clinic.health.rules.screening import Verdict, fit

ADMITTED, NEEDS_REVIEW = "admitted", "needs_review"
MISFIT = "misfit"
"""The code for a service that must not be given as it is; the others are those of health."""
WAITS = "waits"
"""The code for a visit that waits for a review."""
REASON_MAX = 300
NEEDS = "need:"
LEFT_OUT = "no:"
SPARED = "avoid:"


@dataclass(frozen=True, slots=True)
class Screened:
    """A verdict as scheduling uses it, for one service on one day.

    ``needed`` are qualifications of the therapist; ``mark`` is that of the open hits that
    stop or hold, so that a reason counts for exactly these and no others.
    """

    is_stopped: bool = False
    is_held: bool = False
    is_misfit: bool = False
    needed: frozenset[str] = frozenset()
    effects: tuple[str, ...] = ()
    mark: str = ""

    def told(self, *, is_excused: bool = False) -> str:
        """The codes, as a verdict keeps them: that it waits for a review stands first."""
        waits = (WAITS,) if self.outcome(is_excused=is_excused) == NEEDS_REVIEW else ()
        return ",".join((*waits, *self.effects))

    @property
    def binding(self) -> tuple[str, ...]:
        """The codes that bind who books: a review, another service, another therapist."""
        return tuple(
            code
            for code in codes_of(self.told())
            if code in (WAITS, MISFIT) or code.startswith(NEEDS)
        )

    def outcome(self, *, is_excused: bool = False) -> str:
        """As a visit stands that is there: what stops is never excused."""
        waits = self.is_stopped or (self.is_held and not is_excused)
        return NEEDS_REVIEW if waits else ADMITTED


CLEAR = Screened()
"""Where there is nothing to screen by: time that has no client yet."""


def screened(
    verdict: Verdict, primary: frozenset[str], add_ons: frozenset[str] = frozenset()
) -> Screened:
    """A verdict for a service whose primary techniques these are, with add-ons of those."""
    found = fit(_without_holds(verdict), primary=primary, add_ons=add_ons)
    is_misfit = bool(found.primary or found.add_ons)
    return Screened(
        is_stopped=verdict.is_stopped,
        is_held=verdict.is_held,
        is_misfit=is_misfit,
        needed=frozenset(verdict.qualifications),
        effects=((MISFIT,) if is_misfit else ()) + tuple(effects(verdict)),
        mark=_mark(verdict),
    )


def _without_holds(verdict: Verdict) -> Verdict:
    """Without "every technique" of what only waits for a provider: that holds a visit, and
    makes no service a wrong one."""
    is_barred = ALL not in verdict.barred or any(
        ALL in hit.blocks
        for hit in verdict.hits
        if hit.counts
        and hit.is_hard
        and hit.scope == "session"
        and hit.klass != "ABSOLUTE"
        and not (hit.klass == "CLEARANCE" and hit.state == "open")
    )
    return verdict if is_barred else replace(verdict, barred=verdict.barred - {ALL})


def _mark(verdict: Verdict) -> str:
    hard = sorted(
        f"{hit.rule}={hit.inputs}"
        for hit in verdict.hits
        if hit.state == "open" and hit.klass in ("ABSOLUTE", "CLEARANCE")
    )
    return sha256("\n".join(hard).encode()).hexdigest()[:24] if hard else ""


def is_treating(actor: Actor) -> bool:
    """Whether somebody answers for a treatment; the clinic's own machinery does not."""
    return not actor.is_system and actor.may(Permission.VISITS_TREAT)


def refusal(case: Screened, *, is_treating: bool, is_excused: bool) -> tuple[Words, str] | None:
    """Why a visit may not be booked, moved or changed to this: a sentence and its field.

    ``is_excused`` says that a therapist gave a reason for what stops or holds it.
    """
    if case.is_stopped and not is_treating and not is_excused:
        return say("A therapist must review this before it can be booked."), "client"
    if case.is_misfit:
        return say("This service does not suit this client on that day. Choose another."), "service"
    if case.is_stopped and not is_excused:
        return say("This needs a review first. Say why it may be booked nevertheless."), (
            "override_why"
        )
    return None


def unqualified(case: Screened, held: frozenset[str], name: str, on: date) -> Words | None:
    """What the client needs of a therapist, where this one has it not on the day."""
    lacking = case.needed - held
    return not_the_right_one(lacking, name, on) if lacking else None


def not_the_right_one(lacking: frozenset[str], name: str, on: date) -> Words:
    """That somebody has not what this client needs of a therapist."""
    return say(
        "{name} is not the right therapist for this on {day}. {what}.",
        name=name, day=on, what=said(NEEDS + min(lacking)),
    )  # fmt: skip


def said(code: str) -> Words:
    """An effect in its fixed phrase."""
    if code == MISFIT:
        return say("Another service is needed")
    if code == WAITS:
        return say("Needs review")
    return say_effect(code)


def phrases(codes: Collection[str], *, but: Collection[str] = ()) -> tuple[Words, ...]:
    """Effects in their fixed phrases, without those of ``but``: techniques in one phrase, areas
    in one, and that somebody must look only once."""
    return tuple(words for _, words in told_once([code for code in codes if code not in but]))


def told_once(codes: Collection[str]) -> Iterator[tuple[str, Words]]:
    """Every effect with its phrase; techniques that are left out stand together, with the first
    of them, and so do areas."""
    techniques, areas = _named(codes, _technique), _named(codes, _where)
    together = {**_first_for_all(techniques), **_first_for_all(areas)}
    looks = {WAITS, "stop"}.intersection(codes)
    for code in codes:
        if code in together:
            yield code, together[code]
        elif code not in techniques and code not in areas and not (code == "review" and looks):
            yield code, said(code)


def _named(codes: Collection[str], name: Callable[[str], Words | None]) -> dict[str, Words]:
    """Those of the codes that have such a name."""
    return {code: words for code in codes if (words := name(code)) is not None}


def _technique(code: str) -> Words | None:
    return TECHNIQUES.get(code.removeprefix(LEFT_OUT)) if code.startswith(LEFT_OUT) else None


def _where(code: str) -> Words | None:
    area, _, side = code.removeprefix(SPARED).partition(":")
    return spot(area, side) if code.startswith(SPARED) and is_spot(area, side) else None


def _first_for_all(named: dict[str, Words]) -> dict[str, Words]:
    """One phrase for all of these, under the code of the first."""
    if not named:
        return {}
    first, *more = named
    some = named[first]
    for code in more:
        some = say("{some}, {one}", some=some, one=named[code])
    if first.startswith(LEFT_OUT):
        return {first: say("No {technique}", technique=some)}
    return {first: say("Leave out: {where}", where=some)}


def codes_of(effects: str) -> tuple[str, ...]:
    """The codes that a verdict keeps in one text."""
    return tuple(code for code in effects.split(",") if code)


def waits_for_somebody(codes: Collection[str]) -> bool:
    """Whether a therapist's reason would count for anything among these."""
    return not {"stop", "review"}.isdisjoint(codes)


def needed_by(effects: str) -> frozenset[str]:
    """The qualifications among the codes that a verdict keeps."""
    return frozenset(
        code.removeprefix(NEEDS) for code in codes_of(effects) if code.startswith(NEEDS)
    )


# ---- a therapist's reason, as a verdict keeps it


def reason_to_text(why: str, mark: str, *, is_adult: bool = False) -> str:
    """A reason, bound to what it was given for; ``is_adult`` was said without a birth date."""
    said = {"adult": True} if is_adult else {}
    return json.dumps({"why": why, "mark": mark} | said, ensure_ascii=False)


def reason_from_text(text: str) -> tuple[str, str]:
    """The reason, and what it was given for; two empty texts where there is none."""
    if not text:
        return "", ""
    kept = json.loads(text)
    return kept["why"], kept["mark"]
