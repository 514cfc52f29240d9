"""What others wrote: checked whole, then taken in, and undone when it was wrong."""
