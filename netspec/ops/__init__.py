"""The ops: each defined once, listed in `table`."""
