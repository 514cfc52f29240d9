"""Session notes, measures and a plan of treatment of the demonstration clinic."""

from datetime import date

from clinic.cli.opening import Cast
from clinic.cli.told import SESSIONS
from clinic.core.db import db
from clinic.core.permissions import Actor
from clinic.records.rules.measures import Subject, Taken
from clinic.records.rules.notes import Body
from clinic.records.rules.plans import Details, Goal, PlanPhase
from clinic.records.services import measures, notes, plans
from clinic.scheduling.models import Series, Visit

WRITERS = ("Tessa Brandt", "Jun Ito")
"""Who has written their notes; the others still have them to write."""
DRAFTED = ("Amara Diallo", "Chidi Eze")
"""Whose session of today is begun to be written down."""
PAIN, STRESS = Subject("NPRS_AVERAGE"), Subject("STRESS_NRS")
TURNING = Subject("ROM", "NECK_ROTATION", "L")
FIGURES = (((PAIN, 6), (STRESS, 7), (TURNING, 48)), ((PAIN, 4), (STRESS, 6), (TURNING, 57)))
"""What was measured before the first session of the plan, and before its second."""


def write_note(visit: Visit, *, actor: Actor, today: date) -> None:
    """The note of a session that is over, signed; of some it stays a draft for now."""
    is_today, who = visit.on_date == today, f"{visit.client.first_name} {visit.client.last_name}"
    if is_today and who in DRAFTED:
        notes.save_draft(visit, actor=actor, body=_begun(_body(visit)))
    elif visit.therapist.name in WRITERS and (not is_today or who == "Tom Becker"):
        body = _body(visit)
        note = notes.save_draft(visit, actor=actor, body=body)
        db.session.flush()
        measures.keep_measures(note, body, None, actor=actor)
        notes.sign(visit, actor=actor)


def _begun(body: Body) -> Body:
    return Body(told=body.told, pain_now=body.pain_now, has_consent=True, findings=body.findings)


def _body(visit: Visit) -> Body:
    """What is written of a visit: the same for the same visit, whenever it is made up."""
    said, findings = SESSIONS[visit.id % len(SESSIONS)]
    told, seen, assessment, plan = said
    pain = 3 + visit.id % 3
    primary = [one for one in visit.variant.service.techniques if one.technique.code != "DEEP"]
    return Body(
        told=told,
        pain_now=pain,
        since=("better", "same", "better")[visit.id % 3],
        has_consent=True,
        seen=seen,
        findings=findings,
        red_flags="none",
        techniques=tuple(one.technique.code for one in primary[:2]),
        pressure=3,
        minutes=visit.variant.minutes - 10,
        positions=("prone", "supine"),
        product="oil",
        reactions="None",
        pain_after=pain - 2,
        aftercare=("soreness", "rise_slowly", "call"),
        assessment=assessment,
        plan=plan,
        home_care="Chin tucks, ten a day" if visit.id % 2 else "A short walk after lunch",
    )


def plan_treatment(cast: Cast, who: str, series: Series | None, *, actor: Actor) -> None:
    """What the visits of a series are for, agreed with the client."""
    plan = plans.write_plan(
        cast.client(who),
        actor=actor,
        details=Details(
            complaint="Tight between the shoulder blades, headaches on working days",
            goals=(
                Goal("Work a whole day without a headache", PAIN, 6, 2),
                Goal("Look over my shoulder when I park", TURNING, 48, 70),
            ),
            phases=(PlanPhase("relief", 7, 4), PlanPhase("rebuild", 14, 4)),
            exit="Both goals reached, or no change after six visits",
            next_step="Measure again at the sixth visit",
        ),
        series=series,
    )
    plans.agree_to_plan(plan, actor=actor)


def measure(cast: Cast, who: str, number: int, *, actor: Actor) -> None:
    """What is measured beside a session."""
    taken = [Taken(subject, value) for subject, value in FIGURES[number]]
    measures.take_readings(cast.client(who), taken, actor=actor)
