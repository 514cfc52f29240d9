"""The tables of the schedule: visits, what was done with them, series, the waitlist."""

from clinic.scheduling.models.changes import FeedToken, Hold, VisitChange
from clinic.scheduling.models.series import Series, SeriesAddOn, SeriesItem, SeriesPhase
from clinic.scheduling.models.visits import (
    GroupBooking,
    Visit,
    VisitAddOn,
    VisitSeal,
    VisitVerdict,
)
from clinic.scheduling.models.waitlist import WaitlistEntry, WaitlistOffer, WaitlistTherapist

__all__ = [
    "FeedToken",
    "GroupBooking",
    "Hold",
    "Series",
    "SeriesAddOn",
    "SeriesItem",
    "SeriesPhase",
    "Visit",
    "VisitAddOn",
    "VisitChange",
    "VisitSeal",
    "VisitVerdict",
    "WaitlistEntry",
    "WaitlistOffer",
    "WaitlistTherapist",
]
