"""The extensions that rooms ask for by name, before there is an application."""

from functools import lru_cache

from flask import current_app, g, session
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer

login_manager = LoginManager()
login_manager.session_protection = None  # the server's own sessions do this work
csrf = CSRFProtect()
migrate = Migrate()


def csrf_token() -> str:
    """The token that a form of this session sends; signed once, since it does not run out."""
    known = session.get("csrf_token")
    if known and "csrf_token" not in g:
        g.csrf_token = _signed(current_app.config["SECRET_KEY"], known)
    return str(generate_csrf())


@lru_cache(maxsize=1024)
def _signed(secret: str, token: str) -> str:
    return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(token))
