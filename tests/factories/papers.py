"""Papers that arrived at a made-up clinic."""

from datetime import timedelta
from typing import Any

from clinic.coordination.models import ArrivedPaper
from clinic.coordination.services import papers
from clinic.core.clock import now
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from clinic.files.rules.kinds import check
from tests.factories.files import a_pdf

NOTE = "canary-from-whom Dr Okoro"


def paper(hours: int = 0, data: bytes | None = None, name: str = "fax.pdf", **more: Any) -> Any:
    """One that arrived so many hours ago by fax."""
    facts: dict[str, Any] = {"actor": SYSTEM, "arrived_via": "fax", "note": NOTE} | more
    with transaction():
        return papers.arrive(
            check(data or a_pdf(), name), arrived_at=now() - timedelta(hours=hours), **facts
        )


def do(verb: str, row: ArrivedPaper, **facts: Any) -> Any:
    """One verb, in a transaction of its own."""
    with transaction():
        return getattr(papers, verb)(row, **({"actor": SYSTEM} | facts))
