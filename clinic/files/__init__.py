"""Documents as they came or as they left, sealed, each under a name that says nothing."""
