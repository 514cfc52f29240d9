"""The verbs of referral coordination."""
