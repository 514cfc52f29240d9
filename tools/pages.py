"""The pages worth a picture, and how to reach them.

``PAGES`` is filled as pages are made; ``demonstration`` gives the application with
a demonstration clinic in a folder, and ``sign_in`` signs one of its accounts in.
"""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page

from tests.engines import configuration, create_app, migrate


@dataclass(frozen=True)
class Shot:
    """One page: the picture's name, the path, and who looks (None: nobody signed in)."""

    name: str
    path: str
    role: str | None = "receptionist"
    is_dark_too: bool = False


PAGES: list[Shot] = [
    Shot("sign-in", "/sign-in", role=None, is_dark_too=True),
]


def demonstration(folder: Path) -> Flask:
    """The application on a migrated SQLite clinic in ``folder``, with its demonstration data."""
    main = f"sqlite:///{folder / 'clinic.sqlite'}"
    config = configuration(folder, main, main, f"sqlite:///{folder / 'access.sqlite'}")
    migrate(config)
    return create_app(config)


def sign_in(page: Page, role: str) -> None:
    """Sign in as the demonstration clinic's account of a role."""
    raise NotImplementedError(f"no demonstration account for {role} yet")
