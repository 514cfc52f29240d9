"""Notes, measures, plans and events, written."""
