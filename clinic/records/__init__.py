"""What was done and found: notes, measures, plans, events."""
