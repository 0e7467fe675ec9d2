"""The proof that backends compute the same numbers: each and the reference, step by step."""
