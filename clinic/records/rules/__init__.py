"""What a note, a measure, a plan and an event may be; pure."""
