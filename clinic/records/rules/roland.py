"""The Roland-Morris Disability Questionnaire, as it was published.

M. Roland and R. Morris, "A study of the natural history of back pain. Part 1", Spine 8 (1983),
141-144. It is in the public domain: no permission is needed as long as it is used as published
(PhenX Toolkit, protocol 171601, "freely available; permission not required for use"). The score
is the number of statements that were ticked; what is left blank does not apply.
"""

from collections.abc import Iterable

from clinic.core.errors import DomainError
from clinic.core.words import say

VERSION = "RMDQ-24 (1983)"
"""Which wording was read; kept with the answers."""
SOURCE = "Roland and Morris, Spine 1983; 8: 141-144"
LEAD = say(
    "When your back hurts, you may find it difficult to do some of the things you normally do."
    " This list contains sentences that people have used to describe themselves when they have"
    " back pain. When you read them, you may find that some stand out because they describe you"
    " today."
)
HOW = say(
    "As you read the list, think of yourself today. When you read a sentence that describes you"
    " today, put a tick against it. If the sentence does not describe you, then leave the space"
    " blank and go on to the next one. Remember, only tick the sentence if you are sure that it"
    " describes you today."
)
STATEMENTS = (
    say("I stay at home most of the time because of my back."),
    say("I change position frequently to try and get my back comfortable."),
    say("I walk more slowly than usual because of my back."),
    say("Because of my back I am not doing any of the jobs that I usually do around the house."),
    say("Because of my back, I use a handrail to get upstairs."),
    say("Because of my back, I lie down to rest more often."),
    say("Because of my back, I have to hold on to something to get out of an easy chair."),
    say("Because of my back, I try to get other people to do things for me."),
    say("I get dressed more slowly than usual because of my back."),
    say("I only stand for short periods of time because of my back."),
    say("Because of my back, I try not to bend or kneel down."),
    say("I find it difficult to get out of a chair because of my back."),
    say("My back is painful almost all the time."),
    say("I find it difficult to turn over in bed because of my back."),
    say("My appetite is not very good because of my back pain."),
    say("I have trouble putting on my socks (or stockings) because of the pain in my back."),
    say("I only walk short distances because of my back."),
    say("I sleep less well because of my back."),
    say("Because of my back pain, I get dressed with help from someone else."),
    say("I sit down for most of the day because of my back."),
    say("I avoid heavy jobs around the house because of my back."),
    say("Because of my back pain, I am more irritable and bad tempered with people than usual."),
    say("Because of my back, I go upstairs more slowly than usual."),
    say("I stay in bed most of the time because of my back."),
)
"""In their order; the first is number 1."""
BY = {"client": say("The client"), "therapist": say("The therapist, reading it out")}


def ticked(numbers: Iterable[int]) -> tuple[int, ...]:
    """The statements that were ticked, in order. Raises DomainError beside ``statements``."""
    found = tuple(sorted(set(numbers)))
    if any(not 1 <= one <= len(STATEMENTS) for one in found):
        raise DomainError(say("Choose from the list."), field="statements")
    return found
