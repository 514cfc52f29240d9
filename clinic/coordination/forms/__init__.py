"""The forms of referral coordination."""
