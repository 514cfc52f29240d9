"""Rooms, hours, and the time that is taken: no two things at one place and time."""
