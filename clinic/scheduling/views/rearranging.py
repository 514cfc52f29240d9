"""Visits that a change hurts, and where each of them could go."""
