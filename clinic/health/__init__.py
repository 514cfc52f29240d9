"""What clients report about their health, and what it means for a visit."""
