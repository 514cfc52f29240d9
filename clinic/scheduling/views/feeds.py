"""Calendars for other programs: a private feed, and one visit as a file."""
