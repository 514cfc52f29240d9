"""A letter by which a sender hears how many visits of an order were used here."""

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about, letters_about
from clinic.coordination.queries.courses import course_of
from clinic.coordination.queries.report_facts import order_facts
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.letters.models import Letter
from clinic.letters.queries import content_of
from clinic.letters.rules.wording_used import SUBJECT, used_visits
from clinic.letters.services import draft
from clinic.letters.services.setting import the_voice

KIND = "other"


@verb(Permission.LETTERS_WRITE)
def confirm_used(case: ReferralCase, *, actor: Actor) -> Letter:
    """Draft the letter; one that lies drafted is given back as it is. It is approved by who treats
    the client, and leaves with their consent, as every letter. Raises Conflict for a sender who
    is gone.
    """
    voice, referral = the_voice(), case.referral
    for lies in letters_about(case):
        said = content_of(lies) if (lies.kind, lies.status) == (KIND, "draft") else None
        if said is not None and said.subject == voice(SUBJECT):
            return lies
    course = course_of(case)
    content = used_visits(
        order_facts(case),
        [one.on for one in course.seen if one.is_used],
        voice,
        allowed=sum(one.visits for one in course.allowed),
        booked=sum(one.is_reserved for one in course.seen),
    )
    return draft(
        actor=actor,
        client=referral.client,
        provider=referral.provider,
        organisation=referral.organisation,
        kind=KIND,
        content=content,
        about=about(case),
        reference=referral.number,
    )
