"""Pages are drawn two at a time; who waits too long for a turn goes without, and starts nothing."""

import subprocess
from typing import Any

import pytest

from clinic.core import picturing
from clinic.core.picturing import CannotPicture, picture
from tests.factories.files import a_pdf


def test_while_two_are_drawn_a_third_is_told_to_open_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inside: list[Any] = []

    def drawing(*_: Any, **__: Any) -> Any:
        inside.append(1)
        picture(a_pdf(), 1)  # while this one still has its turn
        pytest.fail("nothing ends the drawing")

    monkeypatch.setattr(picturing, "WAIT", 0.0)
    with monkeypatch.context() as during:
        during.setattr(subprocess, "run", drawing)
        with pytest.raises(CannotPicture, match="Open the file instead"):
            picture(a_pdf(), 1)
    assert len(inside) == 2
    assert picture(a_pdf(), 1).startswith(b"\x89PNG"), "both turns are given back"


def test_what_cannot_be_drawn_gives_its_turn_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picturing, "WAIT", 0.0)

    def late(*_: Any, **__: Any) -> Any:
        raise subprocess.TimeoutExpired("child", 1)

    with monkeypatch.context() as during:
        during.setattr(subprocess, "run", late)
        for _ in range(3):
            with pytest.raises(CannotPicture):
                picture(a_pdf(), 1)
    assert picture(a_pdf(), 1)
