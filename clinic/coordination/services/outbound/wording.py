"""What the letter of a referral says, from what a therapist wrote about it."""

from sqlalchemy import select

from clinic.clients.queries import is_of_person
from clinic.coordination.models import OutboundReferral
from clinic.coordination.rules.outbound import (
    ANSWER_DAYS,
    CLEARANCE,
    PRESSING,
    REASONS,
    URGENCIES,
)
from clinic.core.db import db
from clinic.directory.models import Provider
from clinic.letters.rules import wording_out
from clinic.letters.rules.blocks import Content
from clinic.letters.rules.told import Attendance, Outbound, Reader
from clinic.letters.services.setting import full_name, the_voice
from clinic.practice.queries import the_practice
from clinic.scheduling.models import Visit

DOCTORS = ("MD", "DO", "DC", "DDS")


def content_for(outbound: OutboundReferral) -> Content:
    """The letter's draft. What the therapist wrote stands as it was written."""
    write = wording_out.clearance if outbound.reason == CLEARANCE else wording_out.outbound
    return write(_told(outbound), the_voice())


def _told(outbound: OutboundReferral) -> Outbound:
    practice = the_practice()
    return Outbound(
        to=reader_of(outbound.provider),
        client=full_name(outbound.client),
        number=outbound.number,
        therapist=outbound.owner.name if outbound.owner is not None else "",
        why=REASONS[outbound.reason],
        urgency=URGENCIES[outbound.urgency],
        question=outbound.question or "",
        findings=outbound.findings or "",
        meanwhile=outbound.meanwhile or "",
        is_pressing=outbound.urgency in PRESSING,
        answer_days=ANSWER_DAYS[outbound.urgency],
        phone=practice.phone,
        email=practice.email,
        attendance=_attendance(outbound),
    )


def reader_of(provider: Provider) -> Reader:
    """To whom a letter speaks."""
    return Reader(provider.first_name, provider.last_name, provider.credentials in DOCTORS)


def _attendance(outbound: OutboundReferral) -> Attendance:
    had = db.session.scalars(
        select(Visit.on_date)
        .where(is_of_person(Visit.client_id, outbound.client.known_as), Visit.status == "completed")
        .order_by(Visit.on_date, Visit.id)
    )
    return Attendance(had=tuple(had))
