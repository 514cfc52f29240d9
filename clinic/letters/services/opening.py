"""A letter as it was sent, opened again."""

from hashlib import sha256

from clinic.files.queries import FileDamaged, read
from clinic.letters.models import LetterVersion


def open_version(version: LetterVersion) -> bytes:
    """The bytes exactly as they left. Raises FileDamaged where they are others than those."""
    data = read(version.file)
    if sha256(data).hexdigest() != version.sha256:
        raise FileDamaged
    return data
