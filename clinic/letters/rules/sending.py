"""Whether a letter may leave: with which consent, to which number, by which way."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from clinic.consents.rules import Consents, Line
from clinic.core.errors import Conflict, DomainError
from clinic.core.marks import mark_of
from clinic.core.words import Words, say
from clinic.letters.rules.blocks import (
    Block,
    Content,
    Happened,
    Measures,
    Points,
    is_clinical,
)
from clinic.letters.rules.kinds import OWN_WORDS, Kind

CHANNELS: dict[str, Words] = {
    "print": say("Printed and handed over"),
    "post": say("Post"),
    "fax": say("Fax"),
    "email": say("E-mail"),
    "phone": say("Phone"),
}
AT_ONCE = frozenset({"print", "post", "phone"})
"""Ways by which a letter has left as soon as somebody says so."""

DISPATCH_STATES: dict[str, Words] = {
    "prepared": say("Prepared"),
    "sent": say("Sent"),
    "delivered": say("Delivered"),
    "failed": say("Did not arrive"),
    "withdrawn": say("Called off"),
}

GONE: dict[str, Words] = {
    "retired": say("This provider has retired. Nothing is sent there any longer."),
    "deceased": say("This provider has died. Nothing is sent there any longer."),
    "moved": say("This provider has moved. Nothing is sent there any longer."),
}


@dataclass(frozen=True, slots=True)
class Needs:
    """Which consent is missing: for which data and purpose, and what was said of it so far.

    ``data`` are all codes that the letter needs, ``lacking`` those among them that nobody agreed
    to share. ``is_refused``: they said no, or took it back. ``standing_id`` is the consent that
    stands with this provider and covers too little; None where there is none.
    """

    data: tuple[str, ...]
    purpose: str
    lacking: tuple[str, ...]
    is_refused: bool = False
    standing_id: int | None = None


class ConsentMissing(Conflict):
    """Without the client's consent nothing of theirs leaves; ``needs`` says which one."""

    def __init__(self, needs: Needs) -> None:
        super().__init__(REFUSED if needs.is_refused else MISSING)
        self.needs = needs


def asking(
    needs: Needs,
    *,
    client: str,
    provider: str,
    standing: str | None,
    back: str,
    besides: tuple[str, ...] = (),
) -> dict[str, Any]:
    """What the form that asks for a missing consent is opened with; the others are public ids.

    ``standing`` is the consent that covers too little, if there is one; ``besides`` are purposes to
    ask for at once. What for, the address says in marks, which tell nothing to who reads it.
    """
    whom = {"again": standing} if standing else {"provider": provider}
    return {
        "client_id": client,
        "mark": mark_of(client, "SHARE_PROVIDER"),
        "share": [mark_of(client, code) for code in needs.data],
        "purpose": [mark_of(client, code) for code in (needs.purpose, *besides)],
        "back": back,
    } | whom


REFUSED = say("The client does not want this shared with this provider. It is not sent.")
MISSING = say("There is no consent to share this with this provider. Ask for it first.")


HOLDS: dict[str, type[Block]] = {"measures": Measures, "events": Happened}
"""Kinds of data that a letter shares besides those of its kind, by the parts that hold them."""


def needed(
    kind: Kind, content: Content | None, *, is_bare: bool = False
) -> tuple[frozenset[str], str]:
    """The kinds of data that a letter shares, and what for: those of its kind, and what it holds
    besides. Nothing where it is bare: that is said of one letter, never of a whole kind.
    """
    if is_bare and kind.is_bare:
        return frozenset(), ""
    data, purpose = (kind.needs, kind.purpose) if kind.needs else OWN_WORDS
    blocks = content.blocks if content else ()
    held = {word for word, block in HOLDS.items() if any(isinstance(one, block) for one in blocks)}
    return data | held, purpose


def adds_nothing(content: Content, ready: Content) -> bool:
    """Whether a letter says nothing but what stood ready: parts may be left out of it, and points
    of a list."""
    frame = (content.subject, content.salutation, content.closing)
    given = (ready.subject, ready.salutation, ready.closing)
    return frame == given and all(_is_ready(one, ready) for one in content.blocks)


def _is_ready(block: Block, ready: Content) -> bool:
    if not isinstance(block, Points):
        return block in ready.blocks
    lists = [one for one in ready.blocks if isinstance(one, Points)]
    return any(
        (one.title, one.is_clinical) == (block.title, block.is_clinical)
        and set(block.items) <= set(one.items)
        for one in lists
    )


def covering(
    consents: Consents, provider_id: int, data: Iterable[str], purpose: str
) -> Line | None:
    """The consent that lets these data go to this provider for this purpose on that day."""
    wanted = set(data)
    return next(
        (
            line
            for line in consents.given("SHARE_PROVIDER")
            if line.provider_id == provider_id
            and wanted <= set(line.scope.data)
            and purpose in line.scope.purposes
        ),
        None,
    )


def lacking(consents: Consents, provider_id: int, data: Iterable[str], purpose: str) -> Needs:
    """What to ask for, where no consent covers it."""
    wanted = tuple(sorted(data))
    standing = next(
        (line for line in consents.given("SHARE_PROVIDER") if line.provider_id == provider_id),
        None,
    )
    agreed = set(standing.scope.data) if standing else set[str]()
    return Needs(
        wanted,
        purpose,
        tuple(code for code in wanted if code not in agreed),
        consents.is_refused("SHARE_PROVIDER", provider_id=provider_id),
        standing.id if standing else None,
    )


def must_be_bare(kind: Kind, content: Content) -> None:
    """A kind that may leave without consent holds nothing clinical. Raises DomainError."""
    if kind.is_bare and is_clinical(content):
        raise DomainError(
            say("This kind of letter repeats only the name and the number that the sender gave."),
            field="content",
        )


def is_for_care(kind: Kind, content: Content | None) -> bool:
    """Whether only who treats the client reads and approves it."""
    return kind.is_clinical or (content is not None and is_clinical(content))


_DIGITS = re.compile(r"\d")


def digits(number: str) -> str:
    """The digits of a number; a plus and an exit code 00 in front of them are the same."""
    found = "".join(_DIGITS.findall(number))
    return found.removeprefix("00")


def same_number(typed: str, known: str) -> bool:
    """Whether a number was typed again as it stands, whatever stands between its digits."""
    return bool(digits(known)) and digits(typed) == digits(known)
