"""Whoever sent a client hears of visits missed during treatment: the letter lies ready."""

from collections.abc import Sequence
from datetime import date

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import about
from clinic.coordination.queries.facts import day_of, letters_of
from clinic.coordination.queries.report_facts import attendance_of, order_facts
from clinic.coordination.rules.inbound import MISSES_ENOUGH
from clinic.core.guard import verb
from clinic.core.permissions import SYSTEM, Actor, Permission
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.directory.queries import kept_provider
from clinic.letters.rules import wording
from clinic.letters.rules.sending import GONE
from clinic.letters.services import cancel, draft
from clinic.letters.services.setting import the_voice

KIND = "unreachable"
_ANOTHER = say("Another letter takes its place.")


@verb(Permission.LETTERS_WRITE)
def tell_of_misses(case: ReferralCase, days: Sequence[date], *, actor: Actor) -> None:
    """Draw up the letter that tells the sender of ``days`` missed in a row (``untold_misses``: two
    or more), unless it lies there already.

    A draft of this kind from before, which tells of something else, makes way. Nothing is written
    to a provider who is gone.
    """
    letters = [one for one in letters_of(case, KIND) if one.status not in ("sent", "delivered")]
    if any(day_of(one.created_at) >= days[MISSES_ENOUGH - 1] for one in letters):
        return
    if kept_provider(case.referral.provider).status in GONE:
        return
    draft(
        actor=actor,
        client=case.referral.client,
        provider=case.referral.provider,
        organisation=case.referral.organisation,
        kind=KIND,
        content=wording.missed(order_facts(case), days, attendance_of(case), the_voice()),
        about=about(case),
        reference=case.referral.number,
    )
    for letter in letters:  # only now: while there is none, whoever hears of it draws one up
        if letter.status == "draft":
            cancel(letter, actor=SYSTEM, why=spoken(_ANOTHER))
