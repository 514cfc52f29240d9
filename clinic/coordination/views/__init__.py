"""The pages of referral coordination; each module's pages are put on this one blueprint."""

from flask import Blueprint

bp = Blueprint("coordination", __name__)
