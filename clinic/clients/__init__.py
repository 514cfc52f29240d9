"""The people we care for: who they are, how to reach them, what they prefer."""
