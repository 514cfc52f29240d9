"""What the letter of a referral says, from what a therapist wrote about it."""

from clinic.coordination.models import OutboundReferral
from clinic.coordination.rules.outbound import CLEARANCE, REASONS
from clinic.core.words import Words, say
from clinic.letters.rules.blocks import Block, Content, Paragraph, Points
from clinic.letters.services.setting import full_name, the_voice

_CAPACITY = (
    say("Diagnosis, as far as it matters for massage, and whether it is stable"),
    say("How much activity is allowed"),
    say("Positions to avoid"),
    say("Pressure and areas to avoid"),
    say("Medicines that affect bleeding, skin or sensation"),
    say("When to ask again, and whom to call meanwhile"),
)
"""Capacity is asked about, not permission (Ruth Werner, "Why 'Get a Doctor's Note' Isn't Good
Enough", Associated Bodywork & Massage Professionals)."""


def content_for(outbound: OutboundReferral) -> Content:
    """The letter's draft. What the therapist wrote stands as it was written."""
    voice = the_voice()
    is_clearance = outbound.reason == CLEARANCE
    blocks: list[Block] = [
        Paragraph(voice(_opening(outbound)), is_clinical=True),
        Points(voice(say("What we ask")), (outbound.question or "",), is_clinical=True),
    ]
    if outbound.findings:
        found = Points(voice(say("What we found")), (outbound.findings,), is_clinical=True)
        blocks.insert(1, found)
    if is_clearance:
        title = voice(say("What would help us to treat safely"))
        blocks.append(Points(title, tuple(voice(one) for one in _CAPACITY), is_clinical=True))
    if outbound.meanwhile:
        until = voice(say("What we do until we hear from you"))
        blocks.append(Points(until, (outbound.meanwhile,), is_clinical=True))
    blocks.append(Paragraph(voice(_ASKS)))
    return Content(
        subject=voice(say("Question before treatment") if is_clearance else say("Referral")),
        salutation=voice(say("Dear {name},", name=outbound.provider.name)),
        blocks=tuple(blocks),
        closing=voice(say("With kind regards")),
    )


_ASKS = say("Please answer by letter, fax or telephone, whichever suits you best.")


def _opening(outbound: OutboundReferral) -> Words:
    name = full_name(outbound.client)
    if outbound.reason == CLEARANCE:
        return say("{name} comes to us for therapeutic massage. We ask for your advice.", name=name)
    why = REASONS[outbound.reason]
    return say("We refer {name} to you. The reason: {why}.", name=name, why=why)
