"""What the letter of a referral says, from what a therapist wrote about it and from the record."""

from clinic.coordination.models import OutboundReferral
from clinic.coordination.queries.outbound_facts import outbound_facts
from clinic.coordination.rules.outbound import CLEARANCE
from clinic.letters.rules import wording_out
from clinic.letters.rules.blocks import Content
from clinic.letters.services.setting import the_voice


def content_for(outbound: OutboundReferral) -> Content:
    """The letter's draft. What the therapist wrote stands as it was written."""
    write = wording_out.clearance if outbound.reason == CLEARANCE else wording_out.outbound
    voice = the_voice()
    return write(outbound_facts(outbound, voice), voice)
