"""Reports that a referral owes, brought to a state."""

from typing import Any

from clinic.coordination.models import ProgressReport, ReferralCase
from clinic.coordination.services import reporting
from clinic.core.clock import now
from clinic.core.db import db
from clinic.core.guard import writing
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.letters import services as letters
from clinic.letters.models import Letter
from tests.factories import consents
from tests.factories import scheduling as made
from tests.factories.scheduling import House


def owe(case: ReferralCase, kind: str = "progress", days: int = 5, **more: Any) -> ProgressReport:
    with transaction():
        return reporting.owe(
            case, kind, made.day(days), more.pop("why", "visits"), actor=SYSTEM, **more
        )


def drafted(report: ProgressReport, house: House) -> Letter:
    """Its letter, drawn up."""
    with transaction():
        return reporting.draft_report(report, actor=house.treats)


def approved(letter: Letter, house: House) -> None:
    """Approved by who treats."""
    with transaction():
        letters.approve(letter, actor=house.treats)


def agree(house: House, letter: Letter) -> None:
    """The consent that reports need."""
    consents.agree(
        house.client, "SHARE_PROVIDER", provider=letter.provider,
        data=("measures", "plan", "visits"), purposes=("progress",),
    )  # fmt: skip


def sent(letter: Letter, house: House) -> Any:
    """Handed over in print, with consent."""
    agree(house, letter)
    with transaction():
        return letters.send(letter, actor=house.desk, channel="print")


def put(report: ProgressReport, status: str, house: House) -> None:
    """A report in a state, however it would have come there, with a letter that fits it."""
    letter = drafted(report, house)
    with transaction() as session, writing("test.report", SYSTEM):
        session.refresh(report)
        report.letter_id = letter.id if status not in {"due", "waived"} else None
        report.status = status
        report.waived_why = "Not needed." if status == "waived" else ""
        session.flush()
    db.session.refresh(report)


def stand(letter: Letter, status: str) -> None:
    """A letter in a state, however it would have come there."""
    with transaction() as session, writing("test.letter", SYSTEM):
        session.refresh(letter)
        letter.status, letter.approved_at = status, now()
        session.flush()
    db.session.refresh(letter)
