"""The pages of the desk: one blueprint, on which each module registers its own."""

from flask import Blueprint

bp = Blueprint("desk", __name__)
