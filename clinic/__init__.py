"""The system a therapeutic-massage clinic runs on."""
