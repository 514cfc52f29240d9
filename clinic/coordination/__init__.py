"""Referral coordination: every referral has somebody, a next action and a day, until it closes."""
