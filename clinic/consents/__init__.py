"""What clients agree to: to whom, for what, until when."""
