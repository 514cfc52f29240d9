"""The pages of the outbox; each module's pages are put on this one blueprint."""

from flask import Blueprint

bp = Blueprint("messages", __name__)
