"""Drafts about a referral name who treats the client now."""

from dataclasses import replace

from clinic.coordination.models import ReferralCase
from clinic.coordination.queries.cases import letters_about
from clinic.coordination.queries.report_facts import treated_by
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.letters.queries import content_of
from clinic.letters.rules.blocks import Block, Facts
from clinic.letters.services import edit
from clinic.letters.services.setting import the_voice

THERAPIST = say("Therapist")
"""Beside what a report names who treats."""


@verb(Permission.LETTERS_WRITE)
def name_therapist(case: ReferralCase, *, actor: Actor) -> int:
    """Drafts that name somebody who treated before name who treats now; how many there were. A name
    that somebody put there themselves stays, and so do letters that were approved.
    """
    drafts = [one for one in letters_about(case) if one.status == "draft"]
    names = treated_by(case) if drafts else []
    if len(set(names)) < 2:
        return 0
    label, now, count = the_voice()(THERAPIST), names[-1], 0
    former = set(names) - {now}
    for letter in drafts:
        content = content_of(letter)
        if content is None:
            continue
        blocks = tuple(_named(block, label, former, now) for block in content.blocks)
        if blocks != content.blocks:
            edit(letter, actor=actor, content=replace(content, blocks=blocks))
            count += 1
    return count


def _named(block: Block, label: str, former: set[str], now: str) -> Block:
    if not isinstance(block, Facts):
        return block
    rows = tuple(
        (name, now if name == label and said in former else said) for name, said in block.rows
    )
    return block if rows == block.rows else replace(block, rows=rows)
