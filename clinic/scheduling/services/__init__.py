"""Booked, moved, cancelled, kept: every verb asks the one gate."""
