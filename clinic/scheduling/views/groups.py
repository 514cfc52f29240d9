"""Couples and groups: several visits at one time."""
