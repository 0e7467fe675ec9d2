"""Two specs side by side: which steps belong together, what differs, and what it costs."""
