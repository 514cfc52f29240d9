"""Series: planned, shown date by date, booked all or none."""
