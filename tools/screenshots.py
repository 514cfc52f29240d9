"""Put the pages into docs/screenshots: large and small, some of them dark as well.

    python -m tools.screenshots            all of them
    python -m tools.screenshots day client only those whose name begins so

What is looked at stands in tools/pages.py.
"""

import io
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.chromium import SIZES, chromium, opened
from tests.browser.serving import serve
from tools.pages import Shot, demonstration, found, sign_in

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
LARGEST = 150_000
"""Bytes a picture should stay below."""
COLOURS = (256, 128, 64)


def optimised(picture: bytes) -> bytes:
    """The picture with as many colours as fit: screens have few, so nobody sees it."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    best = picture
    for colours in COLOURS:
        out = io.BytesIO()
        reduced = image.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        reduced.save(out, "PNG", optimize=True)
        best = min(best, out.getvalue(), key=len)
        if len(best) <= LARGEST:
            break
    return best


def shoot(browser: Browser, address: str, role: str | None, shots: Iterable[Shot]) -> None:
    """Take the shots of one role, signed in once for each size and appearance."""
    shots = list(shots)
    for scheme in ("light", "dark"):
        wanted = [shot for shot in shots if scheme == "light" or shot.is_dark_too]
        for size in SIZES if wanted else ():
            with opened(browser, address, size, color_scheme=scheme) as page:
                if role:
                    sign_in(page, role)
                for shot in (one for one in wanted if one.size in ("", size)):
                    stand_before(page, shot)
                    dark = "-dark" if scheme == "dark" else ""
                    target = FOLDER / f"{shot.name}{dark}-{size}.png"
                    target.write_bytes(optimised(page.screenshot(animations="disabled")))
                    print(f"{target.name:44} {target.stat().st_size // 1000:4} KB")


def stand_before(page: Page, shot: Shot) -> None:
    """Go to the page, and do there what the picture needs."""
    page.goto(shot.path)
    if shot.click:
        page.wait_for_load_state("networkidle")
        page.click(shot.click)
    if shot.script:
        page.evaluate(shot.script)
        if shot.key:
            page.keyboard.press(shot.key)
    page.wait_for_load_state("networkidle")
    if shot.sees:
        page.locator(shot.sees).first.wait_for()
    page.evaluate("document.fonts.ready")


def main(wanted: list[str]) -> None:
    """Take the pictures whose names begin with one of ``wanted``; all, if none is given."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="clinic-screenshots-"))
    try:
        app = demonstration(folder)
        shots = [shot for shot in found(app) if not wanted or shot.name.startswith(tuple(wanted))]
        with serve(app) as address, chromium() as browser:
            for role in dict.fromkeys(shot.role for shot in shots):
                shoot(browser, address, role, [shot for shot in shots if shot.role == role])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
