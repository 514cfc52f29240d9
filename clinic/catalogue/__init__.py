"""What we offer: techniques, services with their lengths and prices, add-ons."""
