"""One folder a backend: each turns a graph into a live model and into source for one framework."""
