"""The words of reports: first visit, progress, renewal, discharge.

They say what was measured, counted and agreed. They name no diagnosis of ours (to refer is within
massage therapy, to diagnose is not), claim no cause, and promise nothing. What payers want to
read is in them: attendance, change of function, goals, the programme that is proposed and how
long it takes (Washington L&I, WAC 296-23-250; US Veterans Affairs, request for services).
"""

from collections.abc import Iterable

from clinic.core.words import Words, say
from clinic.letters.rules.blocks import Block, Content, Measures
from clinic.letters.rules.told import Aim, Asking, Course
from clinic.letters.rules.voice import Voice
from clinic.letters.rules.wording import (
    attendance_rows,
    facts,
    letter,
    paragraph,
    points,
    treated,
)

OUTCOMES: dict[str, Words] = {
    "goals_met": say("The goals were met."),
    "partly_met": say("The goals were met in part."),
    "not_met": say("The goals were not met."),
    "not_started": say("Treatment did not begin."),
    "transferred": say("Treatment goes on elsewhere."),
}
"""How a treatment ended, in a sentence."""


def first_visit(course: Course, voice: Voice) -> Content:
    """The client came: what was measured at the start, what is aimed at, what is planned."""
    first = course.attendance.first
    came = (
        say("{client} came for a first visit on {day}.", client=course.order.client,
            day=voice.day(first))
        if first
        else say("{client} has begun treatment here.", client=course.order.client)
    )  # fmt: skip
    return letter(
        say("First visit"),
        course.order.to,
        (
            paragraph(voice, say("Thank you for your referral."), came),
            *_reason(course, voice),
            *_measures(course),
            *points(
                say("What the client wants to reach"),
                (_aimed(one, voice) for one in course.aims),
                voice,
                is_clinical=True,
            ),
            *points(
                say("What is planned"),
                (
                    say("{phase}: visits {count}, {every}", phase=one.name, count=one.visits,
                        every=one.every)
                    for one in course.phases
                ),
                voice,
                is_clinical=True,
            ),
            *_allowed(course, voice),
            paragraph(
                voice,
                *_careful(course),
                say("We measure again as we go."),
                say("You will hear from us when a report is due."),
            ),
            *_asks(voice, say("Please tell us of anything that we should do differently.")),
        ),
        voice,
    )  # fmt: skip


def _careful(course: Course) -> Iterable[Words]:
    """That the order's precautions are followed, never which they are."""
    if course.is_careful:
        yield say("We follow the precautions that your order names.")


def progress(course: Course, voice: Voice) -> Content:
    """How it goes: attendance, measures from the start to now, goals, what was done, what next."""
    return letter(
        say("Progress report"),
        course.order.to,
        (
            paragraph(voice, *_period(course, voice)),
            *_reason(course, voice),
            *_attended(course, voice),
            *_measures(course),
            *_goals(course, voice),
            *treated(course.treatment, course.response, voice),
            paragraph(voice, *_recommended(course), is_clinical=True),
            *_asks(
                voice,
                say("Please let us know that this report reached you."),
                *((say("Please let us know whether you would look at this with"
                       " {client}.", client=course.order.client),) if course.worse else ()),
                say("Please tell us of anything that we should do differently."),
            ),
        ),
        voice,
    )  # fmt: skip


def renewal(course: Course, asking: Asking, voice: Voice) -> Content:
    """More visits are asked for: how many, over how many weeks, for which goals, and why."""
    asked = facts(
        [
            (say("Visits asked for"), str(asking.visits)),
            (say("Over how many weeks"), str(asking.weeks)),
        ],
        voice,
    )
    return letter(
        say("Request for more visits"),
        course.order.to,
        (
            paragraph(
                voice,
                say("We ask you to authorise more visits for {client}.",
                    client=course.order.client),
                *_period(course, voice),
            ),
            *asked,
            *_reason(course, voice),
            *_attended(course, voice),
            *_measures(course),
            *_goals(course, voice),
            *treated(course.treatment, course.response, voice),
            paragraph(voice, say("Why more visits are asked for:"), *_because(course, voice),
                      is_clinical=True),
            *_asks(
                voice,
                say("Please send us an authorisation that is signed and dated, with the number of"
                    " visits and how long it lasts; or tell us that treatment is to end."),
                say("Please answer before the visits that are left have been used."),
            ),
        ),
        voice,
    )  # fmt: skip


def discharge(course: Course, voice: Voice, *, outcome: str = "") -> Content:
    """Treatment has ended: how, what was reached, and what may follow."""
    ended = OUTCOMES.get(outcome)
    last = course.attendance.last
    said = [
        say("Treatment of {client} under your order has ended.", client=course.order.client),
        *([say("The last visit was on {day}.", day=voice.day(last))] if last else []),
        *([ended] if ended else []),
    ]
    home = (
        say("Exercises for home were shown, and we have suggested going on with them.")
        if course.treatment.exercises
        else say("We have suggested staying active in the ways that are comfortable.")
    )
    return letter(
        say("Discharge report"),
        course.order.to,
        (
            paragraph(voice, *said),
            *_reason(course, voice),
            *_attended(course, voice),
            *_measures(course),
            *_goals(course, voice),
            *treated(course.treatment, course.response, voice),
            *((paragraph(voice, home, is_clinical=True),) if last else ()),
            *((paragraph(voice, *_moved_away(course), is_clinical=True),) if course.worse else ()),
            *_asks(voice, say("Please let us know that this report reached you.")),
            paragraph(voice, say("If something changes, a new order is welcome.")),
        ),
        voice,
    )


def _period(course: Course, voice: Voice) -> tuple[Words, ...]:
    first, last, name = course.attendance.first, course.attendance.last, course.order.client
    if first is None or last is None:
        return (say("{client} has not had a visit yet.", client=name),)
    if first == last:
        return (say("{client} has had one visit, on {day}.", client=name, day=voice.day(first)),)
    return (
        say("This is about {client}, from {first} to {last}.", client=name,
            first=voice.day(first), last=voice.day(last)),
    )  # fmt: skip


def _reason(course: Course, voice: Voice) -> tuple[Block, ...]:
    rows = [(say("Your reason for referral"), course.reason), (say("Therapist"), course.therapist)]
    return facts(rows, voice, is_clinical=True)


def _attended(course: Course, voice: Voice) -> tuple[Block, ...]:
    upcoming = course.attendance.next_on
    rows = [
        *attendance_rows(course.attendance, voice),
        (say("Next visit"), voice.day(upcoming) if upcoming else ""),
        *_allowance(course, voice),
    ]
    return facts(rows, voice)


def _allowed(course: Course, voice: Voice) -> tuple[Block, ...]:
    return facts(_allowance(course, voice), voice)


def _allowance(course: Course, voice: Voice) -> list[tuple[Words, str]]:
    allowed = course.allowed
    if allowed is None:
        return []
    until = voice.day(allowed.until) if allowed.until else ""
    return [
        (say("Visits authorised"), str(allowed.visits)),
        (say("Used"), str(allowed.used)),
        (say("Left"), str(allowed.left)),
        (say("Valid until"), until),
        (say("Authorisation number"), allowed.reference),
    ]


def _measures(course: Course) -> tuple[Block, ...]:
    return (Measures(course.measures),) if course.measures else ()


def _goals(course: Course, voice: Voice) -> tuple[Block, ...]:
    return (
        *points(say("Goals met"), (_aimed(one, voice) for one in course.met), voice,
                is_clinical=True),
        *points(say("Goals in progress"), (_aimed(one, voice) for one in course.unmet), voice,
                is_clinical=True),
    )  # fmt: skip


def _aimed(aim: Aim, voice: Voice) -> str:
    """A goal in the client's words, and its figures."""
    text = f"“{aim.text}”"
    if aim.start and aim.now and aim.target:
        said = say("{goal}: from {start} to {now}, aim {target}", goal=text, start=aim.start,
                   now=aim.now, target=aim.target)  # fmt: skip
    elif aim.now and aim.target:
        said = say("{goal}: now {now}, aim {target}", goal=text, now=aim.now, target=aim.target)
    elif aim.target:
        said = say("{goal}: aim {target}", goal=text, target=aim.target)
    else:
        return text
    return voice(said)


def _moved_away(course: Course) -> tuple[Words, ...]:
    return (
        say(
            "What was measured of “{names}” has moved away from its aim since the start.",
            names=", ".join(course.worse),
        ),
        say("We would value your view of it."),
    )


def _recommended(course: Course) -> tuple[Words, ...]:
    """What we suggest: a draft, for the therapist to make their own."""
    if course.worse:
        return (*_moved_away(course), say("Until then we go on with care."))
    if course.aims and not course.unmet:
        return (
            say("All goals are met."),
            say("We suggest ending treatment, and going on at home."),
        )
    if course.allowed is not None and course.allowed.left > 0:
        return (
            say("We suggest going on as ordered."),
            say("Visits that are left: {count}.", count=course.allowed.left),
        )
    if course.allowed is not None:
        return (say("The visits that were authorised are used. We will write about what next."),)
    return (say("We suggest going on as ordered."),)


def _because(course: Course, voice: Voice) -> tuple[Words, ...]:
    """What was found, not what it comes from."""
    moved = [
        say("{name}: from {start} to {now}.", name=one.name, start=one.baseline, now=one.now)
        for one in course.measures
        if one.change and one.baseline and one.baseline != one.now
    ]
    noticed = any(one.may_matter for one in course.measures) and not course.worse
    return (
        *moved,
        *((say("Some of these changes may be meaningful."),) if noticed else ()),
        *(_moved_away(course) if course.worse else ()),
        say("Goals still to be reached: {count}.", count=len(course.unmet)),
    )


def _asks(voice: Voice, *items: Words) -> tuple[Block, ...]:
    return points(say("What we ask of you"), items, voice)
