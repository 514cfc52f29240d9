"""What is known of a person against every rule, on the day of a visit.

``judge`` says what a visit on a day meets: it asks neither which service nor which therapist.
``fit`` says what that means for a service. Combining is always towards care: the strictest class,
all blocked techniques and areas, the lowest pressure, every qualification.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from hashlib import blake2b

from clinic.anatomy import is_spot
from clinic.health.rules.case import YES, Case, Cause, Found, add_months
from clinic.health.rules.facts import Clearing, Decision, Limits, Sheet
from clinic.health.rules.limiting import NONE, ordered_on
from clinic.health.rules.looking import found_on, plan_of, turning_days
from clinic.health.rules.rulebook import ALL, HARD, SITE, Frame, Rule, RuleBook

Spot = tuple[str, str]
REVIEW_MONTHS = 12
COUNTING = frozenset({"open", "adjusted", "cleared"})
"""The states in which a hit's effects hold."""


@dataclass(frozen=True)
class Hit:
    """A rule that holds (``open``), may hold (``ask``), or held until somebody saw to it:
    ``adjusted`` and ``cleared`` keep their effects, ``not_applicable`` has none.

    ``because`` says why, or what is missing. ``areas`` are the spots to avoid; with
    ``is_unplaced`` there is one more that nobody has named. What was ``cleared`` by a provider
    carries the provider's limits instead of the rule's own, and keeps its qualification.
    """

    rule: str
    number: int
    klass: str
    state: str
    because: tuple[Cause, ...] = ()
    areas: tuple[Spot, ...] = ()
    is_unplaced: bool = False
    is_always: bool = False
    scope: str = "session"
    blocks: tuple[str, ...] = ()
    pressure: int | None = None
    qualification: str = ""
    qualification_scope: str = ""
    limits: Limits | None = None
    trigger: str = field(default="", repr=False)

    @cached_property
    def inputs(self) -> str:
        """The fingerprint of the rule's trigger and of what made it hold: a decision counts
        while it is the same."""
        marks = sorted({cause.mark for cause in self.because})
        told = "\n".join((self.rule, self.klass, self.trigger, *marks))
        return blake2b(told.encode(), digest_size=12).hexdigest()

    @property
    def is_hard(self) -> bool:
        """Whether it binds until a therapist decides."""
        return self.klass in HARD

    @property
    def counts(self) -> bool:
        """Whether its effects hold."""
        return self.state in COUNTING

    @property
    def is_for_the_day(self) -> bool:
        """Whether only the day's check could tell if it holds."""
        return self.state == "ask" and all(cause.is_of_the_day for cause in self.because)


@dataclass(frozen=True, slots=True)
class Local:
    """What holds at some areas only."""

    rule: str
    areas: tuple[Spot, ...]
    blocks: tuple[str, ...]
    pressure: int | None
    qualification: str
    is_unplaced: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a visit on a day meets.

    ``blocked`` are techniques that hard rules forbid in the whole session (ALL: every one),
    ``barred`` those of them that no stop forbids; ``softened`` those to be left out by
    judgement. ``areas`` are spots to avoid, without those that hold for everybody; ``local`` is
    what holds at areas only. ``pressure`` is the cap for the session. ``asks`` are the hard rules
    that cannot be told yet, ``asks_ahead`` those of them that need not wait for the day.
    ``positions`` (to avoid) and ``minutes`` (at most) come from providers; ``ordered`` is what
    orders ask to be careful with, and stands in all the others as well. ``form`` is ``ok``,
    ``missing`` or ``due``.
    """

    hits: tuple[Hit, ...] = ()
    klass: str = ""
    is_stopped: bool = False
    is_held: bool = False
    blocked: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    softened: frozenset[str] = frozenset()
    areas: tuple[Spot, ...] = ()
    local: tuple[Local, ...] = ()
    pressure: int | None = None
    qualifications: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    minutes: int | None = None
    ordered: Limits = NONE
    asks: tuple[str, ...] = ()
    asks_ahead: tuple[str, ...] = ()
    form: str = "missing"
    is_checked: bool = False
    is_reviewed: bool = False

    def hit(self, rule: str) -> Hit | None:
        """The hit of a rule, if it has one."""
        return next((one for one in self.hits if one.rule == rule), None)

    def of(self, *states: str) -> tuple[Hit, ...]:
        """The hits in these states, the strictest class first."""
        return tuple(one for one in self.hits if one.state in states)


@dataclass(frozen=True, slots=True)
class Fit:
    """Which primary techniques and which add-ons a hard rule forbids."""

    primary: tuple[str, ...] = ()
    add_ons: tuple[str, ...] = ()

    @property
    def is_fit(self) -> bool:
        """Whether the service may be done, and every add-on with it."""
        return not (self.primary or self.add_ons)


def fit(verdict: Verdict, primary: Iterable[str] = (), add_ons: Iterable[str] = ()) -> Fit:
    """What of a service a verdict forbids: its primary techniques, its add-ons' techniques.

    A stop is not counted here: ``is_stopped`` says it.
    """
    barred = verdict.barred
    everything = ALL in barred
    return Fit(
        tuple(code for code in primary if everything or code in barred),
        tuple(code for code in add_ons if code and (everything or code in barred)),
    )


def judge(
    sheet: Sheet,
    book: RuleBook,
    on: date,
    *,
    born: date | None = None,
    review_months: int = REVIEW_MONTHS,
) -> Verdict:
    """What a visit on this day meets, by what is known of the person now."""
    return _judged(Case(sheet), book.frame(on), on, born, review_months)


def judge_days(
    sheet: Sheet,
    book: RuleBook,
    first: date,
    last: date,
    *,
    born: date | None = None,
    review_months: int = REVIEW_MONTHS,
) -> dict[date, Verdict]:
    """``judge`` for each day from ``first`` to ``last``, judged once for each stretch of days in
    which nothing dated changes."""
    case = Case(sheet)
    turns = turning_days(case, book, first, born, review_months)
    begins = sorted({first, *(day for day in turns if first < day <= last)})
    verdicts: dict[date, Verdict] = {}
    for begin, end in zip(begins, [*begins[1:], None], strict=True):
        days = range(begin.toordinal(), end.toordinal() if end else last.toordinal() + 1)
        verdict = _judged(case, book.frame(begin), begin, born, review_months)
        verdicts.update(dict.fromkeys(map(date.fromordinal, days), verdict))
    return verdicts


def _judged(case: Case, frame: Frame, on: date, born: date | None, review_months: int) -> Verdict:
    if not case.sheet.is_empty:
        return _judged_anew(case, frame, on, born, review_months)
    # Of whom nothing was said, only the age counts: most rules ask, and they ask all alike.
    ages = plan_of(frame).ages
    reached = None if born is None else sum(add_months(born, one * 12) <= on for one in ages)
    if reached not in frame.blank:
        frame.blank[reached] = _judged_anew(case, frame, on, born, review_months)
    verdict: Verdict = frame.blank[reached]
    return verdict


def _judged_anew(
    case: Case, frame: Frame, on: date, born: date | None, review_months: int
) -> Verdict:
    held = found_on(case, plan_of(frame), on, born, review_months)
    plain = _plain_hits(frame)
    hits = [_hit(plain[rule.code], rule, found) for rule, found in held]
    if case.sheet.decisions or case.sheet.clearings:
        hits = [_decided(hit, case.sheet, on) for hit in hits]
    return _verdict(tuple(hits), case, on, review_months)


# --- one hit ---


def _hit(plain: Hit, rule: Rule, found: Found) -> Hit:
    level, because = found
    if len(because) > 1:
        because = tuple({cause.key: cause for cause in because}.values())
    areas, is_unplaced = _areas(rule, because) if rule.avoid and level == YES else ((), False)
    hit = object.__new__(Hit)
    # What is the rule's own is taken over as it is: there are many hits, and few rules.
    vars(hit).update(
        vars(plain),
        state="open" if level == YES else "ask",
        because=because,
        areas=areas,
        is_unplaced=is_unplaced,
    )
    return hit


def _plain_hits(frame: Frame) -> Mapping[str, Hit]:
    """A hit of each rule without what makes it hold; made once for a frame."""
    if frame.plain is None:
        frame.plain = {rule.code: _plain(rule) for rule in frame.held}
    plain: dict[str, Hit] = frame.plain
    return plain


def _plain(rule: Rule) -> Hit:
    return Hit(
        rule=rule.code,
        number=rule.number,
        klass=rule.klass,
        state="ask",
        is_always=rule.is_always,
        scope=rule.scope,
        blocks=rule.blocks,
        pressure=rule.pressure,
        qualification=rule.qualification,
        qualification_scope=rule.qualification_scope,
        trigger=rule.trigger,
    )


def _areas(rule: Rule, because: tuple[Cause, ...]) -> tuple[tuple[Spot, ...], bool]:
    spots: dict[Spot, None] = {}
    is_unplaced = False
    for area in rule.avoid:
        if area == SITE:
            sites = [_site(cause) for cause in because]
            spots.update(dict.fromkeys(site for site in sites if site))
            is_unplaced = not any(sites) or any(
                site is None and _is_somewhere(cause)
                for site, cause in zip(sites, because, strict=True)
            )
        else:
            spots["WHOLE_BODY" if area == ALL else area, "N"] = None
    return tuple(spots), is_unplaced


def _site(cause: Cause) -> Spot | None:
    fact = cause.fact
    if fact is None or not fact.area:
        return None
    side = fact.side or "N"
    return fact.area, side if is_spot(fact.area, side) else "N"


def _is_somewhere(cause: Cause) -> bool:
    """Whether what hit has a place of its own: a medicine by mouth has none."""
    return cause.fact is None or cause.fact.kind != "medicine"


def _decided(hit: Hit, sheet: Sheet, on: date) -> Hit:
    decision = _decision(hit, sheet.decisions, on)
    if decision is not None and decision.says == "not_applicable":
        return replace(hit, state="not_applicable")
    if hit.klass == "CLEARANCE":
        clearing = _clearing(hit, sheet.clearings, on)
        if clearing is not None:
            return _limited(hit, clearing.limits)
        if decision is not None and decision.says == "cleared" and hit.state == "open":
            return replace(hit, state="cleared")
        return hit
    if decision is not None and hit.state == "open" and hit.klass != "ABSOLUTE":
        return replace(hit, state="adjusted")
    return hit


def _decision(hit: Hit, decisions: tuple[Decision, ...], on: date) -> Decision | None:
    """The last decision that still counts."""
    for one in reversed(decisions):
        is_in_time = one.until is None or on <= one.until
        if one.rule == hit.rule and is_in_time and one.inputs == hit.inputs:
            return one
    return None


def _clearing(hit: Hit, clearings: tuple[Clearing, ...], on: date) -> Clearing | None:
    """The clearing that began last of those that still count."""
    counting = [
        one
        for one in clearings
        if one.counts_on(on) and (hit.rule, hit.inputs) in zip(one.rules, one.inputs, strict=False)
    ]
    return max(reversed(counting), key=lambda one: one.since, default=None)


def _limited(hit: Hit, limits: Limits) -> Hit:
    return replace(
        hit,
        state="cleared",
        scope="session",
        blocks=limits.blocked,
        areas=limits.areas,
        is_unplaced=False,
        pressure=limits.pressure,
        limits=limits,
    )


# --- all together ---


def _verdict(hits: tuple[Hit, ...], case: Case, on: date, review_months: int) -> Verdict:
    counting = [hit for hit in hits if hit.state in COUNTING]
    session = [hit for hit in counting if hit.scope == "session"]
    unsettled = [hit for hit in hits if hit.state == "open"]
    ordered = ordered_on(case.sheet.clearings, on)
    limits = [ordered, *(hit.limits for hit in counting if hit.limits is not None)]
    asks = [hit for hit in hits if hit.state == "ask" and hit.klass in HARD]
    hard = [hit for hit in session if hit.klass in HARD]
    caps = [ordered.pressure, *(hit.pressure for hit in session)]
    spots = [spot for hit in counting if not hit.is_always for spot in hit.areas]
    minutes = [one.minutes for one in limits if one.minutes is not None]
    return Verdict(
        hits=hits,
        klass=unsettled[0].klass if unsettled else "",
        is_stopped=any(hit.klass == "ABSOLUTE" for hit in unsettled),
        is_held=any(hit.klass == "CLEARANCE" for hit in unsettled),
        blocked=_blocks(hard).union(ordered.blocked),
        barred=_blocks(hit for hit in hard if hit.klass != "ABSOLUTE").union(ordered.blocked),
        softened=_blocks(hit for hit in session if hit.klass not in HARD),
        areas=tuple(dict.fromkeys((*spots, *ordered.areas))),
        local=tuple(_local(hit) for hit in counting if hit.scope == "area"),
        pressure=min((cap for cap in caps if cap is not None), default=None),
        qualifications=_qualifications(counting),
        positions=tuple(sorted({name for one in limits for name in one.positions})),
        minutes=min(minutes, default=None),
        ordered=ordered,
        asks=tuple(hit.rule for hit in asks),
        asks_ahead=tuple(hit.rule for hit in asks if not hit.is_for_the_day),
        form=_form(case, on, review_months),
        is_checked=on in case.daily,
        is_reviewed=case.sheet.is_reviewed,
    )


def _blocks(hits: Iterable[Hit]) -> frozenset[str]:
    return frozenset(code for hit in hits for code in hit.blocks)


def _local(hit: Hit) -> Local:
    here = hit.qualification if hit.qualification_scope == "area" else ""
    return Local(hit.rule, hit.areas, hit.blocks, hit.pressure, here, hit.is_unplaced)


def _qualifications(hits: Iterable[Hit]) -> tuple[str, ...]:
    needed = {hit.qualification for hit in hits if hit.qualification_scope != "area"}
    return tuple(sorted(needed - {""}))


def _form(case: Case, on: date, review_months: int) -> str:
    history_on = case.sheet.history_on
    if history_on is None:
        return "missing"
    return "due" if on > case.lapse(history_on, review_months) else "ok"
