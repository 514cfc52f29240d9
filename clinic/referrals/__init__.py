"""What a provider asked for: the order as it arrived, and the visits it allows."""
