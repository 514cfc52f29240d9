"""The words of a letter that tells a sender how many visits of an order were used here."""

from collections.abc import Sequence
from datetime import date

from clinic.core.words import say
from clinic.letters.rules.blocks import Content
from clinic.letters.rules.told import Order
from clinic.letters.rules.voice import Voice
from clinic.letters.rules.wording import facts, letter, paragraph, points

SUBJECT = say("Visits used of your order")


def used_visits(
    order: Order, used: Sequence[date], voice: Voice, *, allowed: int, booked: int
) -> Content:
    """How many visits of an order were used here and on which days, how many are booked, and a
    question for how many are left, since the order is used elsewhere too."""
    if used:
        count = say("Visits used here: {count}.", count=len(used))
    else:
        count = say("No visit has been used here so far.")
    return letter(
        SUBJECT,
        order.to,
        (
            paragraph(
                voice,
                say("This is about your order for {client}.", client=order.client),
                say("It is used at another place as well, so here is what was used with us."),
            ),
            *facts(
                [
                    (say("Received on"), voice.day(order.received_on)),
                    (say("Your reference"), order.their_reference),
                    (say("Visits authorised"), str(allowed) if allowed else ""),
                    (say("Booked here"), str(booked) if booked else ""),
                ],
                voice,
            ),
            paragraph(voice, count),
            *points(say("On these days"), [voice.day(on) for on in used], voice),
            paragraph(
                voice,
                say("Please tell us how many visits were used elsewhere, and how many are left."),
                say("Our reference is {number}.", number=order.number),
            ),
        ),
        voice,
    )
