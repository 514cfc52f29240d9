"""The clinic itself: its name, its clock, its money, and the figures it works by."""
