"""The pages of the record; each module's pages are put on this one blueprint."""

from flask import Blueprint

bp = Blueprint("records", __name__)
