"""The words of letters that send a client to somebody, or ask about one.

A letter out says who writes, since when the client is seen, what was found and done, the question,
and what is done meanwhile. A question about treatment asks what a client can bear, not for
permission: what to adapt stays the therapist's to decide.
"""

from clinic.core.words import Words, say
from clinic.letters.rules.blocks import Block, Content, Measures
from clinic.letters.rules.told import Outbound, Planned
from clinic.letters.rules.voice import Voice
from clinic.letters.rules.wording import facts, letter, paragraph, points, treated

CAPACITY: tuple[Words, ...] = (
    say("What you know of that matters for massage, and whether it is stable"),
    say("How much activity and load are allowed"),
    say("Positions to avoid, for instance lying on the front or flat on the back"),
    say("How firm the pressure may be, and areas to leave out"),
    say("Medicines that affect bleeding, skin or sensation"),
    say("Blood counts, if they matter here"),
    say("From when and until when this holds, and when to ask again"),
    say("Whom to call with a question"),
)
"""What is asked before somebody is treated who has a condition that calls for care."""


def outbound(told: Outbound, voice: Voice) -> Content:
    """A client is sent to somebody: why, what was found, and what is asked."""
    return letter(
        say("Referral"),
        told.to,
        (
            paragraph(
                voice,
                say("I see {client} for massage therapy and ask for your help.",
                    client=told.client),
                *_since(told, voice),
            ),
            *facts([(say("Reason"), voice(told.why)), (say("Urgency"), voice(told.urgency)),
                    (say("Therapist"), told.therapist)],
                   voice, is_clinical=True),
            *_found(told, voice),
            *facts([(say("My question to you"), told.question)], voice, is_clinical=True),
            *_meanwhile(told, voice, say("Until I hear from you I go on with care, and leave out"
                                         " what this letter is about.")),
            *_answer(told, voice),
        ),
        voice,
    )  # fmt: skip


def clearance(told: Outbound, voice: Voice) -> Content:
    """What a client can bear is asked, so that treatment can be adapted to it."""
    return letter(
        say("Question before massage therapy"),
        told.to,
        (
            paragraph(
                voice,
                say("{client} wishes to have massage therapy with us.", client=told.client),
                say("Before we go on I ask what {client} can bear at present.",
                    client=told.client),
                say("I am not asking you to prescribe or to permit it: with what you tell me I"
                    " adapt the session, or leave it."),
                *_since(told, voice),
            ),
            *facts(
                [(say("What I ask about"), told.question),
                 (say("Why I ask"), "; ".join(told.grounds)),
                 (say("What is planned"), "; ".join(_booked(one, voice) for one in told.planned)),
                 (say("Urgency"), voice(told.urgency)), (say("Therapist"), told.therapist)],
                voice, is_clinical=True,
            ),
            *_found(told, voice),
            *points(say("Please tell me, as far as it applies"), CAPACITY, voice,
                    is_clinical=True),
            *_meanwhile(told, voice, say("Until I hear from you, what this letter is about is not"
                                         " treated.")),
            *_answer(told, voice),
        ),
        voice,
    )  # fmt: skip


def _since(told: Outbound, voice: Voice) -> tuple[Words, ...]:
    first, last = told.attendance.first, told.attendance.last
    if first is None or last is None:
        return (say("There has been no treatment yet."),)
    if first == last:
        return (say("There has been one visit, on {day}.", day=voice.day(first)),)
    return (
        say(
            "Visits since {first}: {count}, the latest on {last}.",
            first=voice.day(first), count=len(told.attendance.had), last=voice.day(last),
        ),
    )  # fmt: skip


def _found(told: Outbound, voice: Voice) -> tuple[Block, ...]:
    return (
        *facts([(say("What I found"), told.findings)], voice, is_clinical=True),
        *treated(told.treatment, told.response, voice),
        *((Measures(told.measures),) if told.measures else ()),
    )


def _booked(one: Planned, voice: Voice) -> str:
    what = voice(say("{service}, {minutes} minutes", service=one.service, minutes=one.minutes))
    day = voice.day(one.next_on)
    if one.visits == 1:
        return voice(say("{what}, on {day}", what=what, day=day))
    return voice(say("{what}: {count} visits, the next on {day}", what=what, count=one.visits,
                     day=day))  # fmt: skip


def _meanwhile(told: Outbound, voice: Voice, otherwise: Words) -> tuple[Block, ...]:
    return facts([(say("Meanwhile"), told.meanwhile or voice(otherwise))], voice, is_clinical=True)


def _within(days: int) -> Words:
    if days == 0:
        return say("Please answer today if you can.")
    if days == 1:
        return say("Please answer by the next working day if you can.")
    return say("Please answer within {count} working days if you can.", count=days)


def _answer(told: Outbound, voice: Voice) -> tuple[Block, ...]:
    asked = [say("Please put our reference {number} on your answer.", number=told.number)]
    if told.answer_days is not None:
        asked.insert(0, _within(told.answer_days))
    ways = [way for way in (told.phone, told.email) if way]
    if ways:
        asked.append(say("You can reach me at {ways}.", ways=", ".join(ways)))
    if told.is_pressing:
        asked.append(say("As this is pressing, I will call you as well."))
    return (paragraph(voice, *asked),)
