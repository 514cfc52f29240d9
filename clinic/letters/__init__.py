"""Correspondence: what is written to providers, what leaves, and with whose consent."""
