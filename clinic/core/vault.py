"""Clinical text, sealed: AES-256-GCM with a key of each client's own.

Every subject (a client; the house itself) has a data key, kept wrapped under a
master key that lives outside the data. A sealed text is bound to its table,
column and row, so that moved elsewhere it will not open; with the subject's key
gone, nobody can open it again.

Form of a sealed value: version (1 byte), nonce (12), ciphertext with its tag.
"""

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column

from clinic.core.db import Base, db
from clinic.core.ids import LENGTH, new_public_id

VERSION = b"\x01"
NONCE = 12
KEY = 32
HOUSE = "house"
"""The subject of what concerns no client."""


class SubjectKey(Base):
    """A subject's data key, wrapped under the master key; the subject is an opaque id."""

    __tablename__ = "subject_key"
    # Clients are numbered by their key's id: one that is gone is never given again.
    __table_args__ = {"sqlite_autoincrement": True}
    is_audited = False

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(LENGTH), unique=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class Wrapped(Protocol):
    """A subject and its wrapped key, wherever they were read."""

    @property
    def subject(self) -> str: ...

    @property
    def wrapped(self) -> bytes: ...


class CannotOpen(RuntimeError):
    """A sealed text does not open: another key, another place, or it was changed."""


class Vault:
    """The master key and what is done with it."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY:
            raise ValueError("the master key must have 32 bytes")
        self._master = master
        self._derived: dict[str, bytes] = {}
        self._wrapper = AESGCM(self.derive("wrapping subject keys"))
        self._cipher = lru_cache(maxsize=4096)(self._unwrap)

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose, from which no other can be found."""
        if purpose not in self._derived:
            hkdf = HKDF(SHA256(), KEY, salt=None, info=purpose.encode())
            self._derived[purpose] = hkdf.derive(self._master)
        return self._derived[purpose]

    def new_key(self, subject: str | None = None) -> SubjectKey:
        """A fresh data key for a new subject, ready to be added to the session."""
        subject = subject or new_public_id()
        wrapped = _seal(self._wrapper, subject.encode(), os.urandom(KEY))
        return SubjectKey(subject=subject, wrapped=wrapped)

    def seal(self, key: Wrapped, place: str, text: str) -> bytes:
        """Seal a text for one place (``table.column.row``)."""
        return _seal(self._cipher(key.subject, key.wrapped), place.encode(), text.encode())

    def open(self, key: Wrapped, place: str, sealed: bytes) -> str:
        """The text again, with a key or with a row that has its columns. Raises CannotOpen."""
        return _open(self._cipher(key.subject, key.wrapped), place.encode(), sealed).decode()

    def seal_bytes(self, key: SubjectKey, place: str, data: bytes) -> bytes:
        """Seal what is no text, such as a document, for one place."""
        return _seal(self._cipher(key.subject, key.wrapped), place.encode(), data)

    def open_bytes(self, key: Wrapped, place: str, sealed: bytes) -> bytes:
        """The bytes again. Raises CannotOpen."""
        return _open(self._cipher(key.subject, key.wrapped), place.encode(), sealed)

    def hold(self, key: Wrapped) -> None:
        """Have a key ready to seal with. Raises CannotOpen."""
        self._cipher(key.subject, key.wrapped)

    def try_key(self, subject: str, wrapped: bytes) -> None:
        """See whether a wrapped key opens under this master key. Raises CannotOpen."""
        self._unwrap(subject, wrapped)

    def _unwrap(self, subject: str, wrapped: bytes) -> AESGCM:
        return AESGCM(_open(self._wrapper, subject.encode(), wrapped))


def _seal(cipher: AESGCM, place: bytes, text: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return VERSION + nonce + cipher.encrypt(nonce, text, place)


def _open(cipher: AESGCM, place: bytes, sealed: bytes) -> bytes:
    if sealed[:1] != VERSION:
        raise CannotOpen
    try:
        return cipher.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], place)
    except InvalidTag:
        raise CannotOpen from None


class _Held:
    vault: Vault | None = None


def use(master: bytes) -> None:
    """Put the master key in its place for this process."""
    _Held.vault = Vault(master)


def vault() -> Vault:
    """The vault of this process."""
    if _Held.vault is None:
        raise RuntimeError("no master key has been given")
    return _Held.vault


def read_or_make_key(path: Path) -> bytes:
    """The key kept in a file; made on first use, readable by its owner alone.

    Raises PermissionError for a key that others may read.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_key(path)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise PermissionError(f"{path.name} can be read by others: chmod 600 it")
    return path.read_bytes()


def _make_key(path: Path) -> None:
    """Written whole beside its place, then put there: of two who start at once, one makes it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(KEY))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


_HOUSE = select(SubjectKey).where(SubjectKey.subject == HOUSE)


def house_key() -> SubjectKey:
    """The key of what concerns no client; made when it is first needed, inside a verb."""
    found = db.session.scalar(_HOUSE)
    if found is None:
        found = vault().new_key(HOUSE)
        db.session.add(found)
        db.session.flush()
    return found


class Sealed:
    """A text attribute kept sealed in a column of bytes.

    The row has a ``public_id`` and a ``sealing_key()``; the text is bound to
    table, column and public id. ``None`` and the empty text are both no text.
    """

    def __init__(self, column: str) -> None:
        self._column = column

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        sealed = getattr(row, self._column)
        return vault().open(row.sealing_key(), self._place(row), sealed) if sealed else ""

    def __set__(self, row: Any, text: str | None) -> None:
        if text == self.__get__(row):
            return
        sealed = vault().seal(row.sealing_key(), self._place(row), text) if text else None
        setattr(row, self._column, sealed)

    def _place(self, row: Any) -> str:
        return f"{row.__tablename__}.{self._column}.{row.public_id}"
