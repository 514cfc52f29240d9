"""Time kept for a caller while they decide."""
