"""How many characters the small texts around a letter may have."""

CANCEL_MAX = 200
"""Why a letter is not needed."""
FAILED_MAX = 500
"""Why it did not arrive."""
BY_MAX = 80
"""Who said that it came."""
NOTE_MAX = 2000
"""What was said on the telephone."""
