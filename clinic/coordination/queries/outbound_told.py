"""What the letter of a referral to a provider would tell, drafted now."""

from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.facts import this_day
from clinic.coordination.queries.outbound_facts import outbound_facts
from clinic.coordination.rules.outbound import BEFORE_SENDING, CLEARANCE
from clinic.coordination.rules.outbound_told import Told
from clinic.letters.rules.wording import treated
from clinic.letters.services.setting import the_voice
from clinic.staff.queries import licence_of


def told_before(outbound: OutboundReferral) -> Told | None:
    """What is there of what it is to tell; None once its letter is approved."""
    letter = outbound.letter
    is_written = letter is not None and letter.status not in ("draft", "cancelled")
    if outbound.status not in BEFORE_SENDING or is_written:
        return None
    voice, asks = the_voice(), outbound.reason == CLEARANCE
    facts, owner = outbound_facts(outbound, voice), outbound.owner
    had = bool(facts.attendance.had)
    done = treated(facts.treatment, facts.response, voice)
    there = {
        "therapist": owner is not None and bool(licence_of(owner.id, this_day())),
        "client": outbound.client.birth_date is not None,
        "since": True,  # where nobody was treated yet, that is what it says
        "reason": bool(facts.grounds) if asks else True,
        "findings": bool(facts.findings),
        "treatment": bool(facts.planned) if asks else bool(done) or not had,
        "question": bool(facts.question),
        "meanwhile": bool(facts.meanwhile),
        "answer": facts.answer_days is not None and bool(facts.phone or facts.email),
    }
    return Told(frozenset(code for code, is_there in there.items() if is_there), asks)
