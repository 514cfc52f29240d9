"""Who changed what, and who saw whom: written by the house, changed by nobody."""
