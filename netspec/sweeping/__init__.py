"""Many variants of a spec: chosen, costed, kept in a journal, compared."""
