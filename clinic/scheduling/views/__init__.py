"""The pages of the schedule: one blueprint, on which each module registers its own."""

from flask import Blueprint

bp = Blueprint("scheduling", __name__)
