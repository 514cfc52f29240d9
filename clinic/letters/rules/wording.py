"""The words of short letters: receipt, what is missing, decline, not reached or missed, closed.

The first three repeat no more than their reader wrote to us: the client's name, the numbers.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from clinic.core.words import Words, say
from clinic.letters.rules.blocks import Block, Content, Facts, Paragraph, Points
from clinic.letters.rules.told import Attempt, Attendance, Order, Reader, Response, Treatment
from clinic.letters.rules.voice import Voice

DECLINES: dict[str, Words] = {
    "not_suitable": say("What is asked for is not a treatment that we can give here."),
    "out_of_scope": say("What is asked for lies outside what we may treat."),
    "no_capacity": say("We have no appointments free in the time that is asked for."),
    "client_refuses": say("Treatment here will not begin."),
    "elsewhere": say("Treatment here will not begin."),
    "payer": say("We cannot treat under the payer that the order names."),
    "no_answer": say("What we asked for to complete the order has not reached us."),
}
"""What a sender is told, by the code of the reason: never what a client said or chose."""
DECLINED = say("We cannot take on this order.")
CLOSINGS: dict[str, Words] = {
    "by_provider": say("You asked us to end it."),
    "by_client": say("It ends at the client’s wish."),
    "by_payer": say("The payer asked us to end it."),
    "duplicate": say("Another order takes its place."),
}
"""What is said of the reason when a referral ends early."""


def salutation(to: Reader, voice: Voice) -> str:
    """How a letter begins."""
    if to.is_doctor:
        return voice(say("Dear Dr {name},", name=to.last_name))
    return voice(say("Dear {name},", name=f"{to.first_name} {to.last_name}".strip()))


def letter(subject: Words, to: Reader, blocks: Iterable[Block], voice: Voice) -> Content:
    """A letter with its greeting and its end."""
    return Content(
        subject=voice(subject),
        salutation=salutation(to, voice),
        blocks=tuple(blocks),
        closing=voice(say("With kind regards,")),
    )


def paragraph(voice: Voice, *words: Words | str, is_clinical: bool = False) -> Paragraph:
    """Sentences that follow each other."""
    return Paragraph(" ".join(voice(one) for one in words if voice(one)), is_clinical)


def facts(
    rows: Sequence[tuple[Words, str]], voice: Voice, *, is_clinical: bool = False
) -> tuple[Block, ...]:
    """Labels and what stands beside them, as far as anything does."""
    said = tuple((voice(label), text) for label, text in rows if text)
    return (Facts(said, is_clinical),) if said else ()


def points(
    title: Words, items: Iterable[Words | str], voice: Voice, *, is_clinical: bool = False
) -> tuple[Block, ...]:
    """A list under its heading; nothing where there is nothing to list."""
    said = tuple(voice(one) for one in items)
    return (Points(voice(title), said, is_clinical),) if said else ()


def _the_order(order: Order, voice: Voice) -> tuple[Block, ...]:
    """By what its sender knows an order."""
    return facts(
        [
            (say("Your order of"), voice.day(order.ordered_on) if order.ordered_on else ""),
            (say("Received on"), voice.day(order.received_on)),
            (say("Your reference"), order.their_reference),
        ],
        voice,
    )


def _coordinator(order: Order) -> tuple[Words, ...]:
    if not order.coordinator:
        return ()
    if not order.phone:
        return (say("{name} coordinates it here.", name=order.coordinator),)
    return (
        say(
            "{name} coordinates it here and can be reached at {phone}.",
            name=order.coordinator,
            phone=order.phone,
        ),
    )


def acknowledgement(
    order: Order, voice: Voice, *, missing: Sequence[Words] = (), is_accepted: bool = False
) -> Content:
    """The order came: it is complete and taken on, or this is missing, or it is being looked at;
    and this is who sees to it."""
    if missing:
        state = say("Before we can go on, we need what is listed here.")
    elif is_accepted:
        state = say("It is complete, and we take it on. We now arrange a first visit.")
    else:
        state = say("We are looking at it now, and will soon tell you whether we can take it on.")
    return letter(
        say("We have received your order"),
        order.to,
        (
            paragraph(voice, say("Thank you for your order for {client}.", client=order.client)),
            *_the_order(order, voice),
            paragraph(voice, state),
            *points(say("Still missing"), missing, voice),
            *_paragraphs(_coordinator(order), voice),
            paragraph(
                voice,
                say(
                    "Please put our reference {number} on anything you send us.",
                    number=order.number,
                ),
            ),
        ),
        voice,
    )


def _paragraphs(words: Sequence[Words], voice: Voice) -> tuple[Block, ...]:
    return (paragraph(voice, *words),) if words else ()


def missing_information(order: Order, missing: Sequence[Words], voice: Voice) -> Content:
    """What an order lacks, and how it can reach us."""
    how = (
        say(
            "You can send it to {email}, or call us at {phone}.",
            email=order.email,
            phone=order.phone,
        )
        if order.email and order.phone
        else say("You can reach us in the way that is easiest for you.")
    )
    return letter(
        say("Your order: please complete it"),
        order.to,
        (
            paragraph(
                voice,
                say("Thank you for your order for {client}.", client=order.client),
                say("So that we can begin, please let us have what is missing."),
            ),
            *_the_order(order, voice),
            *points(say("Still missing"), missing, voice),
            paragraph(voice, how, say("As soon as we have it, we go on.")),
            *_paragraphs(_coordinator(order), voice),
        ),
        voice,
    )


def decline(order: Order, code: str, voice: Voice, *, alternative: str = "") -> Content:
    """We do not take an order on: why, in few words, and what may help instead."""
    instead = (
        facts([(say("What may help instead"), alternative)], voice)
        if alternative
        else (paragraph(voice, say("We hope that you find somebody who can help soon.")),)
    )
    return letter(
        say("Your order: we cannot take it on"),
        order.to,
        (
            paragraph(
                voice,
                say("Thank you for your order for {client}.", client=order.client),
                DECLINES.get(code, DECLINED),
            ),
            *_the_order(order, voice),
            *instead,
            paragraph(voice, say("We have not begun any treatment, and hold no visits free.")),
        ),
        voice,
    )


def unreachable(
    order: Order, attempts: Sequence[Attempt], attendance: Attendance, voice: Voice
) -> Content:
    """That a client could not be reached, or did not come: the fact, and the days."""
    last = attendance.last
    if last:
        state = say("The latest visit took place on {day}.", day=voice.day(last))
    else:
        state = say("No visit has taken place under this order.")
    return letter(
        say("We could not reach the client"),
        order.to,
        (
            paragraph(
                voice,
                say("You asked us to see {client}.", client=order.client),
                say("We have tried to arrange a visit, and have not succeeded."),
            ),
            *_the_order(order, voice),
            *points(say("When we tried"), (_tried(one, voice) for one in attempts), voice),
            *facts([(say("Visits missed"), str(attendance.missed or ""))], voice),
            paragraph(voice, state),
            paragraph(
                voice,
                say("We make no further attempts of our own."),
                say("A call from {client} or from you is enough to begin.", client=order.client),
            ),
        ),
        voice,
    )


def missed(order: Order, days: Sequence[date], attendance: Attendance, voice: Voice) -> Content:
    """That visits were missed during treatment: the fact, the days, and what is next."""
    if attendance.next_on:
        then = say("The next visit is booked for {day}.", day=voice.day(attendance.next_on))
    else:
        then = say("No visit is booked at present. We are arranging the next one.")
    last = attendance.last
    return letter(
        say("Missed visits"),
        order.to,
        (
            paragraph(
                voice,
                say("We treat {client} under your order.", client=order.client),
                say("Visits that were booked have been missed, or cancelled late."),
            ),
            *_the_order(order, voice),
            *points(say("Days of these visits"), (voice.day(day) for day in days), voice),
            paragraph(
                voice,
                *(
                    (say("The latest visit took place on {day}.", day=voice.day(last)),)
                    if last
                    else ()
                ),
                then,
            ),
            paragraph(voice, say("Please tell us if anything should be done differently.")),
        ),
        voice,
    )


def _tried(attempt: Attempt, voice: Voice) -> str:
    return voice(say("{day}, {how}", day=voice.day(attempt.on), how=voice(attempt.channel)))


def closing(
    order: Order, attendance: Attendance, ended_on: date, voice: Voice, *, code: str = ""
) -> Content:
    """That a referral has ended: when, after how many visits, and that nothing is open."""
    why = CLOSINGS.get(code)
    return letter(
        say("Your order is closed here"),
        order.to,
        (
            paragraph(
                voice,
                say(
                    "Your order for {client} has ended here on {day}.",
                    client=order.client,
                    day=voice.day(ended_on),
                ),
                *((why,) if why else ()),
            ),
            *_the_order(order, voice),
            *facts(attendance_rows(attendance, voice), voice),
            paragraph(
                voice,
                say("No visits are booked any more, and no report is outstanding."),
                say("Thank you for working with us."),
            ),
        ),
        voice,
    )


def treated(treatment: Treatment, response: Response, voice: Voice) -> tuple[Block, ...]:
    """What was done so far, counted over signed notes, and how the client came each time."""
    told = say(
        "better: {better}, the same: {same}, worse: {worse}",
        better=response.better, same=response.same, worse=response.worse,
    )  # fmt: skip
    minutes = say("about {count} minutes", count=treatment.minutes) if treatment.minutes else ""
    return facts(
        [
            (say("Techniques used"), voice.each(treatment.techniques)),
            (say("Where"), "; ".join(map(voice, treatment.places))),
            (say("Length of a session"), voice(minutes)),
            (say("Reported at arrival, since the visit before"),
             voice(told) if response.told else ""),
        ],
        voice,
        is_clinical=True,
    )  # fmt: skip


def attendance_rows(attendance: Attendance, voice: Voice) -> list[tuple[Words, str]]:
    """How many visits, on which days; what was cancelled and missed is said even if it is none."""
    days = "; ".join(voice.short(on) for on in attendance.had)
    count = str(len(attendance.had))
    return [
        (say("Visits attended"), f"{count} ({days})" if days else count),
        (say("Cancelled in time"), str(attendance.cancelled)),
        (say("Cancelled late"), str(attendance.cancelled_late)),
        (say("Missed"), str(attendance.missed)),
    ]
