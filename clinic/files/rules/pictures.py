"""Pictures are drawn anew: what cameras and programs write into them stays behind."""

from io import BytesIO

from PIL import Image, ImageOps

from clinic.core.errors import DomainError
from clinic.core.words import say

PNG, JPEG = "image/png", "image/jpeg"
MOST_POINTS = 40_000_000
"""Width times height; about three sheets of A4 at 300 dots an inch."""
_FORMATS = {PNG: "PNG", JPEG: "JPEG"}
_DRAWN_AS = {
    PNG: {"1": "1", "L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA"},
    JPEG: {"1": "L", "L": "L"},
}
"""Modes that are kept; every other becomes colour."""
_QUALITY = 90

Image.MAX_IMAGE_PIXELS = MOST_POINTS


def redrawn(data: bytes, media_type: str) -> bytes:
    """The same picture, upright, with no metadata and nothing behind it. Raises DomainError.

    Its size is asked before anything is unpacked, so that a small file cannot become a huge
    picture.
    """
    try:
        picture = Image.open(BytesIO(data), formats=[_FORMATS[media_type]])
        size = picture.width * picture.height
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        size = MOST_POINTS + 1
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it cannot be read
        raise _unread() from None
    if size > MOST_POINTS:
        text = "This picture has too many points. Scan it at 300 dots an inch or fewer."
        raise DomainError(say(text), field="file")
    try:
        return _drawn(picture, media_type)
    except Exception:  # noqa: BLE001 - cut off or damaged further down
        raise _unread() from None


def _drawn(picture: Image.Image, media_type: str) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    mode = _DRAWN_AS[media_type].get(upright.mode)
    if mode is None:
        mode = "RGBA" if media_type == PNG and upright.has_transparency_data else "RGB"
    fresh = upright.convert(mode)
    fresh.info = {}
    kept = BytesIO()
    more = {"quality": _QUALITY} if media_type == JPEG else {}
    fresh.save(kept, _FORMATS[media_type], **more)
    return kept.getvalue()


def _unread() -> DomainError:
    return DomainError(
        say("This picture cannot be read. Scan or save it anew, then attach that."), field="file"
    )
