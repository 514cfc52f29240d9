"""What was written down, found again."""
