"""What the pages of the schedule ask."""
