"""Next actions, each with somebody who does it and a day."""
