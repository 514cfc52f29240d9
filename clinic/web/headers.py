"""What every answer carries, errors and redirects among them."""

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self';"
    " base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Flask-WTF's check of forms over https needs a Referer from our own pages.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HEADERS = tuple((name, name.lower(), value) for name, value in HEADERS.items())
STATIC_LIFE = "public, max-age=31536000, immutable"
HSTS = "max-age=63072000; includeSubDomains"


def init_app(app: Flask) -> None:
    app.after_request(_dress)


def _life(response: Response) -> str:
    """How long a browser may keep an answer: style, script and pictures, and nothing else."""
    is_static = (request.endpoint or "").rpartition(".")[2] == "static"
    if not is_static or response.status_code not in (200, 304):
        return "no-store"
    return STATIC_LIFE if "v" in request.args else "no-cache"


def _dress(response: Response) -> Response:
    headers = response.headers
    standing = {name.lower() for name, _ in headers}
    for name, lower, value in _HEADERS:
        if lower not in standing:
            headers.add(name, value)
    headers["Cache-Control"] = _life(response)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = HSTS
    return response
