"""From a path or a text to a `Document`: plain data that knows where it was written."""
