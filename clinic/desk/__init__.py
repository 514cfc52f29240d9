"""The front desk, where the rooms meet: the day, and a client seen whole."""
