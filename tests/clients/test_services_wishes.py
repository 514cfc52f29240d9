"""Where a client would like more, and where they do not want to be touched."""

import pytest

from clinic.clients.services import prefer
from clinic.core.errors import DomainError
from clinic.core.permissions import SYSTEM
from clinic.core.transactions import transaction
from tests.factories import clients


def test_areas_and_draping_are_kept_with_their_sides(inside: object):
    client = clients.a_client()
    with transaction():
        kept = prefer(
            client, actor=SYSTEM, focus_areas="CALF:L", avoid_areas="FOOT:B", draping="towel"
        )
    assert (kept.focus_areas, kept.avoid_areas, kept.draping) == ("CALF:L", "FOOT:B", "towel")


@pytest.mark.parametrize(
    ("likes", "field"),
    [
        ({"focus_areas": "CALF:X"}, "focus_areas"),
        ({"avoid_areas": "NOWHERE:L"}, "avoid_areas"),
        ({"focus_areas": "CALF:L", "avoid_areas": "CALF:L"}, "avoid_areas"),
        ({"focus_areas": ",".join(["CALF:L"] * 11)}, "focus_areas"),
    ],
)
def test_what_is_no_area_or_both_is_refused(inside: object, likes: dict[str, str], field: str):
    client = clients.a_client()
    with pytest.raises(DomainError) as refused, transaction():
        prefer(client, actor=SYSTEM, **likes)
    assert refused.value.field == field
