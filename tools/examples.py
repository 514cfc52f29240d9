"""Writes docs/examples/: one letter of each kind, about a client who does not exist.

    python tools/examples.py            # write them
    python tools/examples.py --bench    # and say how long a page takes

The same day, people and figures each time, so that the same letters come out.
"""

import sys
import time
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from clinic.core.typesetting import typeset
from clinic.core.words import say
from clinic.letters.rules import wording, wording_out, wording_reports
from clinic.letters.rules.blocks import Content, MeasureLine
from clinic.letters.rules.pages import Clinic, Envelope, Signer, page_of
from clinic.letters.rules.told import (
    Aim,
    Allowed,
    Asking,
    Attempt,
    Attendance,
    Course,
    Order,
    Outbound,
    Phase,
    Planned,
    Reader,
    Response,
    Treatment,
)
from clinic.letters.rules.voice import Voice
from clinic.letters.services.setting import MAIN, TEMPLATES
from clinic.referrals.rules import LACKING

FOLDER = Path(__file__).parents[1] / "docs" / "examples"
ON = date(2026, 11, 20)
FIRST = date(2026, 9, 3)
FAX = "+1 555 012 4470"
CLINIC = Clinic(
    name="Harbour Lane Massage",
    address="14 Harbour Lane\nRipon, WI 54971",
    phone="(555) 014-8800",
    email="desk@harbourlane.example",
)
TO = ("Samuel Adeyemi, MD", "Northside Family Practice", "12 Mill Street", "Ripon WI 54971")
THERAPIST = Signer("Ines Okafor", "Massage therapist licence 146-12345")
DESK = Signer("Robin Vale")
BORN = date(1985, 4, 8)
ORDER = Order(
    to=Reader("Samuel", "Adeyemi", is_doctor=True),
    client="Grace Nakamura",
    number="R-000412",
    received_on=date(2026, 8, 31),
    their_reference="NFP-8841",
    ordered_on=date(2026, 8, 28),
    coordinator="Robin Vale",
    phone=CLINIC.phone,
    email=CLINIC.email,
)
VISITS = Attendance(
    had=tuple(FIRST + timedelta(days=7 * number) for number in (0, 1, 2, 4, 5, 7)),
    cancelled=1,
    cancelled_late=0,
    missed=1,
    next_on=date(2026, 11, 26),
)


def _course(*figures: float, every: int = 14) -> tuple[tuple[str, float], ...]:
    return tuple(
        ((FIRST + timedelta(days=every * number)).isoformat(), figure)
        for number, figure in enumerate(figures)
    )


LAST = date(2026, 10, 15)
MEASURES = (
    MeasureLine(
        "Pain on average", baseline="7", baseline_on=FIRST, now="4", now_on=LAST,
        change="3 lower", goal="2", may_matter=True, series=_course(7, 6, 5, 4),
    ),
    MeasureLine(
        "Neck, turning, left", "L", "48°", FIRST, "63°", LAST, "15° higher", "70°", "°",
        series=_course(48, 52, 60, 63),
    ),
    MeasureLine(
        "Own activities", baseline="3.5", baseline_on=FIRST, now="6", now_on=LAST,
        change="2.5 higher", goal="8", may_matter=True, series=_course(3.5, 4, 5.5, 6),
    ),
    MeasureLine("Sleep quality", baseline="5", baseline_on=FIRST, now="5", now_on=LAST,
                change="no change", series=_course(5, 6, 5, 5)),
)  # fmt: skip
AIMS = (
    Aim("Look over my shoulder when I drive", "48°", "63°", "60°", is_met=True),
    Aim("Lift my daughter without thinking about it", "3.5", "6", "8", is_met=False),
)
TREATED = Course(
    order=ORDER,
    reason="Neck pain since a collision in June; please loosen and restore movement.",
    therapist="Ines Okafor",
    attendance=VISITS,
    allowed=Allowed(visits=8, used=6, left=2, until=date(2026, 12, 2), reference="A-55210"),
    measures=MEASURES,
    aims=AIMS,
    treatment=Treatment(
        ("Swedish massage", "Myofascial techniques"),
        (say("Neck, back"), say("Top of the shoulder, both sides")),
        50,
        4,
    ),
    response=Response(better=4, same=1),
    phases=(
        Phase(say("Relief"), 4, say("every week")),
        Phase(say("Rebuild"), 4, say("every {count} weeks", count=2)),
    ),
)
BEGUN = Course(
    order=ORDER,
    reason=TREATED.reason,
    therapist=TREATED.therapist,
    attendance=Attendance(had=VISITS.had[:1], next_on=VISITS.had[1]),
    allowed=Allowed(visits=8, used=1, left=7, until=date(2026, 12, 2), reference="A-55210"),
    measures=tuple(
        MeasureLine(
            one.name,
            one.side,
            one.baseline,
            one.baseline_on,
            goal=one.goal,
            unit=one.unit,
            series=one.series[:1],
        )
        for one in MEASURES
    ),
    aims=tuple(Aim(one.text, one.start, "", one.target) for one in AIMS),
    phases=TREATED.phases,
    is_careful=True,
)
ASKED = Outbound(
    to=ORDER.to,
    client=ORDER.client,
    number="O-000087",
    therapist="Ines Okafor",
    why=say("No progress after re-evaluation"),
    urgency=say("Soon"),
    question="Would you look at the tingling in the left hand, and tell me what to leave out?",
    findings="Since 12 October tingling in the left ring finger after sitting, twice a week.",
    meanwhile="I leave out the neck and go on with the shoulders and the upper back, lightly.",
    answer_days=5,
    phone=CLINIC.phone,
    email=CLINIC.email,
    attendance=VISITS,
    treatment=Treatment(("Swedish massage",)),
    response=Response(2, 1, 2),
    measures=MEASURES[:1],
)
BEFORE = Outbound(
    to=ORDER.to,
    client=ORDER.client,
    number="O-000088",
    therapist="Ines Okafor",
    why=say("Question whether and how treatment is possible"),
    urgency=say("Routine"),
    question="She tells of a heart valve operation in October and takes a blood thinner.",
    grounds=("Surgery within 12 weeks", "Anticoagulant / antiplatelet therapy"),
    planned=(Planned("Therapeutic massage", 60, 4, date(2026, 11, 23)),),
    answer_days=14,
    phone=CLINIC.phone,
    email=CLINIC.email,
)
TRIED = [
    Attempt(date(2026, 9, 2), say("by phone")),
    Attempt(date(2026, 9, 4), say("by phone")),
    Attempt(date(2026, 9, 8), say("by letter")),
]
BARE = ("acknowledgement", "missing-information", "decline")


def contents(voice: Voice) -> dict[str, Content]:
    """What a letter of each kind says, by the name of its file."""
    return {
        "acknowledgement": wording.acknowledgement(ORDER, voice),
        "missing-information": wording.missing_information(
            ORDER, [LACKING["signature"], LACKING["visits"]], voice
        ),
        "decline": wording.decline(
            ORDER, "no_capacity", voice, alternative="Lakeside Massage, (555) 013-2200"
        ),
        "unreachable": wording.unreachable(ORDER, TRIED, Attendance(), voice),
        "first-visit": wording_reports.first_visit(BEGUN, voice),
        "progress": wording_reports.progress(TREATED, voice),
        "renewal": wording_reports.renewal(TREATED, Asking(visits=6, weeks=8), voice),
        "discharge": wording_reports.discharge(TREATED, voice, outcome="partly_met"),
        "outbound": wording_out.outbound(ASKED, voice),
        "clearance": wording_out.clearance(BEFORE, voice),
        "closing": wording.closing(ORDER, VISITS, ON, voice, code="by_provider"),
    }


def envelope(name: str, *, cover_to: str = "") -> Envelope:
    """What stands around it."""
    number = {"outbound": ASKED.number, "clearance": BEFORE.number}.get(name, ORDER.number)
    is_desk = name in (*BARE, "unreachable", "closing")
    return Envelope(
        clinic=CLINIC,
        to=TO,
        client=ORDER.client,
        born=None if name in BARE else BORN,
        reference=number,
        on=ON,
        signer=DESK if is_desk else THERAPIST,
        cover_to=cover_to,
    )


def letters() -> dict[str, bytes]:
    """Every example, set: by the name of its file."""
    voice = Voice()
    made = {
        name: typeset(TEMPLATES, MAIN, page_of(content, envelope(name), voice))
        for name, content in contents(voice).items()
    }
    faxed = page_of(contents(voice)["progress"], envelope("progress", cover_to=FAX), voice)
    return made | {"progress-as-fax": typeset(TEMPLATES, MAIN, faxed)}


def main() -> None:
    began = time.perf_counter()
    made = letters()
    spent = 1000 * (time.perf_counter() - began)
    FOLDER.mkdir(exist_ok=True)
    for name, pdf in made.items():
        (FOLDER / f"{name}.pdf").write_bytes(pdf)
    if "--bench" in sys.argv:
        pages = sum(len(PdfReader(BytesIO(pdf)).pages) for pdf in made.values())
        print(f"{len(made)} letters, {pages} pages: {spent / len(made):.0f} ms a letter,"
              f" {spent / pages:.0f} ms a page, the child's start included")  # fmt: skip


if __name__ == "__main__":
    main()
