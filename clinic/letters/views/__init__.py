"""The pages of letters; each module's pages are put on this one blueprint."""

from flask import Blueprint

bp = Blueprint("letters", __name__)
