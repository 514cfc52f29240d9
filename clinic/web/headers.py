"""What every answer carries, errors and redirects among them."""

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
        "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "form-action 'self'",
        "base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'",
    )
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Flask-WTF's check of forms over https needs a Referer from our own pages.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
STATIC_LIFE = "public, max-age=31536000, immutable"
HSTS = "max-age=63072000; includeSubDomains"


def init_app(app: Flask) -> None:
    app.after_request(_dress)


def _dress(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    hashed = request.endpoint == "static" and "v" in request.args and response.status_code == 200
    response.headers["Cache-Control"] = STATIC_LIFE if hashed else "no-store"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = HSTS
    return response
