"""What is known of visits: one of them, the times that are open, and what is counted."""
