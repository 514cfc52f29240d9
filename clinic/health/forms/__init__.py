"""Forms of the room for health."""
