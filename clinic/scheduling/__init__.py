"""Visits: booked, moved, cancelled, kept; each admitted by the one gate."""
