"""Builds clinic/static/icons.svg: the Tabler outline icons we use, and the clinic's own glyphs.

Run with the folder of an unpacked ``@tabler/icons`` package (version and integrity in
clinic/static/MANIFEST.toml):

    python tools/icons.py path/to/package

Nothing here runs when the application does; the sprite is committed.
"""

import math
import re
import sys
from pathlib import Path

SPRITE = Path(__file__).parents[1] / "clinic" / "static" / "icons.svg"

TABLER = """
address-book adjustments alert-circle alert-octagon alert-triangle archive arrow-back-up arrow-down
arrow-left arrow-merge arrow-right arrow-up arrows-exchange arrows-join arrows-split ban beach bed
bell briefcase building building-community building-hospital cake calendar calendar-event
calendar-off calendar-plus calendar-repeat calendar-time calendar-x cash certificate chart-bar check
chevron-down chevron-left chevron-right chevron-up circle-check clipboard-check clipboard-list clock
coins copy credit-card database-import device-desktop discount door dots download external-link eye
eye-off file-text filter flag hand-stop heart help history home hourglass id id-badge-2 inbox
info-circle key keyboard layout-dashboard license link list list-details lock lock-open logout mail
map-pin massage medical-cross menu-2 message moon note paperclip pencil phone player-play plus
printer receipt refresh search selector send settings shield-check signature star stethoscope sun
tag transfer trash upload user user-check user-circle user-plus user-share user-x users world x
""".split()

_RING = '<circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" stroke-width="1.6"/>'
_DASHED = _RING.replace("/>", ' stroke-dasharray="2.5 2.02"/>')
_DISC = '<circle cx="8" cy="8" r="6.55" fill="currentColor"/>'
_LINE = 'stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"'
_KNOCK = 'stroke="var(--knock,#fff)" stroke-width="1.8" stroke-linecap="round"'
_WAVE = "c3-3.4 6-3.4 9 0s6 3.4 9 0"

# One family of glyphs that fill up as a visit goes on, so that shape alone tells the state.
VISIT_STATES = {
    "booked": _DASHED,
    "confirmed": f'{_RING}<path d="M5.5 8.2l1.8 1.8 3.3-3.7" fill="none" {_LINE}/>',
    "arrived": f'{_RING}<path d="M8 4.6a3.4 3.4 0 0 0 0 6.8z" fill="currentColor"/>',
    "in_session": f'{_RING}<circle cx="8" cy="8" r="3.4" fill="currentColor"/>',
    "completed": f'{_DISC}<path d="M5.2 8.2l2 2 3.6-4.1" fill="none" {_KNOCK}/>',
    "no_show": f'{_DISC}<path d="M5 8h6" {_KNOCK}/>',
    "cancelled": f'{_RING}<path d="M6 6l4 4M10 6l-4 4" {_LINE}/>',
    "late_cancelled": f'{_DISC}<path d="M6 6l4 4M10 6l-4 4" {_KNOCK}/>',
    "held": f'{_RING}<path d="M6.6 6v4M9.4 6v4" {_LINE}/>',
    "entered_in_error": f'{_RING}<path d="M4 12L12 4" {_LINE}/>',
}

CONDITIONS = {
    "brand": (
        f'<g fill="none" stroke="currentColor" stroke-width="2.3" stroke-linecap="round">'
        f'<path d="M3 8.2{_WAVE}"/><path d="M3 13.2{_WAVE}" opacity=".72"/>'
        f'<path d="M3 18.2{_WAVE}" opacity=".42"/></g>'
    ),
    "prenatal": (
        '<g fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"'
        ' stroke-linejoin="round"><circle cx="10.5" cy="4.5" r="2"/><path d="M8.5 9.5c0-1 .9-1.8'
        " 2-1.8 1.5 0 2.2 1 2.7 2.2 2.3.6 3.8 2.3 3.8 4.5 0 2.2-1.5 3.6-3.5 3.6H8.5z"
        '"/><path d="M10 18v3.5M8.5 9.5L7.5 14"/></g>'
    ),
}


def pie(share: float) -> str:
    """The filled part of a referral's ring; ``share`` from 0 to 1."""
    if share >= 1:
        return '<circle cx="8" cy="8" r="3.6" fill="currentColor"/>'
    angle = 2 * math.pi * share
    x, y = 8 + 3.6 * math.sin(angle), 8 - 3.6 * math.cos(angle)
    large = 1 if share > 0.5 else 0
    return f'<path d="M8 8V4.4A3.6 3.6 0 {large} 1 {x:.2f} {y:.2f}z" fill="currentColor"/>'


def referral_glyphs() -> dict[str, str]:
    """``rf-0`` received to ``rf-6`` closed: a ring whose pie grows, closed is a tick."""
    growing = {f"rf-{step}": _RING + pie(step / 4 - 0.25) for step in (2, 3, 4, 5)}
    ends = {"rf-0": _DASHED, "rf-1": _RING, "rf-6": VISIT_STATES["completed"]}
    return ends | growing


def tabler_symbol(package: Path, name: str) -> str:
    """One outline icon as a symbol, its transparent frame removed."""
    source = (package / "icons" / "outline" / f"{name}.svg").read_text(encoding="utf-8")
    inner = source[source.index(">", source.index("<svg")) + 1 : source.rindex("</svg>")]
    body = " ".join(re.sub(r'<path stroke="none"[^>]*/>', "", inner).split())
    stroke = 'stroke="currentColor" stroke-width="1.8" stroke-linecap="round"'
    group = f'<g fill="none" {stroke} stroke-linejoin="round">{body}</g>'
    return f'<symbol id="{name}" viewBox="0 0 24 24">{group}</symbol>'


def own_symbols() -> list[str]:
    """The clinic's own glyphs."""
    small = {f"st-{state}": body for state, body in VISIT_STATES.items()} | referral_glyphs()
    return [
        f'<symbol id="{name}" viewBox="0 0 {size} {size}">{body}</symbol>'
        for glyphs, size in ((small, 16), (CONDITIONS, 24))
        for name, body in sorted(glyphs.items())
    ]


def build(package: Path) -> str:
    """The whole sprite."""
    symbols = [tabler_symbol(package, name) for name in TABLER] + own_symbols()
    credit = (
        "<!-- Tabler Icons (MIT, licences/tabler-icons-MIT.txt) and the clinic's own glyphs -->"
    )
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">', credit, *symbols, "</svg>"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    SPRITE.write_text(build(Path(sys.argv[1])), encoding="utf-8")
