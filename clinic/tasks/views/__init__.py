"""The pages of tasks; each module's pages are put on this one blueprint."""

from flask import Blueprint

bp = Blueprint("tasks", __name__)
