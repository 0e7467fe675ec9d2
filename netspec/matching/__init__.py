"""Whether two graphs are one network, by structure alone, and what carries weights across."""
