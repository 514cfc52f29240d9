"""What the pages of the desk show, read across the rooms."""
