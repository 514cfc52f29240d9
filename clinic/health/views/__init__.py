"""Pages of the room for health; each module puts its own on this one blueprint."""

from flask import Blueprint

bp = Blueprint("health", __name__)
