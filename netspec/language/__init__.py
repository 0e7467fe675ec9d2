"""The language: names and expressions, and how a document becomes a network."""
