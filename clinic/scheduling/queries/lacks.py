"""What is missing where nobody could find a time: said so that somebody can mend it."""

from collections.abc import Sequence
from datetime import date, timedelta

from clinic.core.clock import today
from clinic.core.words import Words, say
from clinic.practice.queries import the_practice
from clinic.scheduling.queries.ground import Ground
from clinic.scheduling.queries.wishes import Person
from clinic.scheduling.rules import LICENCE
from clinic.scheduling.rules.screening import NEEDS, not_the_right_one, said


def what_lacks(ground: Ground, first: date, last: date) -> Words | None:
    """Why no time can be found on these days, whatever is taken; None where one could be."""
    if first > last:
        return out_of_reach(ground.wish.since)
    return (
        not_offered(ground)
        or no_price(ground, last)
        or no_room(ground)
        or no_equipment(ground)
        or no_health(ground, first, last)
        or _nobody(ground, first, last)
    )


def no_health(ground: Ground, first: date, last: date) -> Words | None:
    """That health refuses every day, where there is one."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    refused = [ground.health_refuses(day) for day in days]
    return refused[0] if days and all(refused) else None


def not_offered(ground: Ground) -> Words | None:
    """That the service is given up; a visit that was booked with it may still move."""
    if ground.wish.has_its_price or ground.wish.is_offered:
        return None
    return say("This is no longer offered. Choose another service.")


def no_price(ground: Ground, day: date) -> Words | None:
    """That something of it has no price on a day."""
    if ground.is_sold(day):
        return None
    return say("This has no price on {day} yet. Set one in the catalogue.", day=day)


def out_of_reach(on: date) -> Words:
    """That a day is over, or too far ahead."""
    practice = the_practice()
    if on < today(practice.zone):
        return say("That day is over. Choose a later one.")
    return say("Book at most {days} days ahead.", days=practice.horizon)


def no_room(ground: Ground) -> Words | None:
    """That no room has what the service needs, or the room that is wished has not."""
    if ground.tables:
        return None
    what = ", ".join(sorted(ground.still.features.values()))
    if ground.wish.place_id is not None:
        return (
            say("This room cannot be used for this: it needs {what}.", what=what)
            if what
            else say("This room is not in use. Choose another.")
        )
    if what:
        return say(
            "No room has what this needs: {what}. Add it to a room, or take it off the service.",
            what=what,
        )
    return say("No room is in use. Add one first.")


def no_equipment(ground: Ground) -> Words | None:
    """That there is no piece of a kind that is needed."""
    for kind in ground.kinds:
        if not ground.still.pieces.get(kind):
            return say(
                "There is no {what} in use. Add one, or take it off the service.",
                what=ground.still.named.get(kind, ""),
            )
    return None


def not_able(ground: Ground, people: Sequence[Person], day: date) -> Words:
    """That none of these may give the service on a day."""
    if len(people) == 1 and ground.wish.therapist_id is not None:
        person = people[0]
        if LICENCE in person.lacks(ground.needed, day):
            return say("{name} has no valid licence on {day}.", name=person.name, day=day)
        if person.lacks(ground.needed, day):
            return say("{name} is not qualified for this on {day}.", name=person.name, day=day)
        lacking = person.lacks(ground.screening(day).needed, day)
        return not_the_right_one(lacking, person.name, day)
    if any(one.is_able(ground.needed, day) for one in people):
        lacking = min((one.lacks(ground.screening(day).needed, day) for one in people), key=len)
        return say("Nobody can give this then. {what}.", what=said(NEEDS + min(lacking)))
    return say("Nobody is qualified for this on {day}.", day=day)


def nobody_asked(ground: Ground) -> Words:
    """That nobody treats here whom the wish could mean."""
    if ground.wish.therapist_id is not None:
        return say("This person does not treat here now. Choose somebody else.")
    if ground.wish.gender and ground.still.people:
        return say("Nobody who treats here is as you wish. Widen the search.")
    return say("Nobody treats here yet. Add a therapist first.")


def _nobody(ground: Ground, first: date, last: date) -> Words | None:
    people = [one for one in ground.still.people if ground.is_asked(one)]
    if not people:
        return nobody_asked(ground)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if any(one.is_able(ground.needed_on(day), day) for one in people for day in days):
        return None
    return not_able(ground, people, first)
