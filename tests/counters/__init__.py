"""Other tools' figures, by our rules and by the tools themselves."""
