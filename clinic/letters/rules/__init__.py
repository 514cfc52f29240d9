"""What letters are: kinds, states, and what they say."""
