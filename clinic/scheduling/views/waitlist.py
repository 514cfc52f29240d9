"""Who waits, what came free, what was offered."""
