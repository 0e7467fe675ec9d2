"""Independent implementations of the bundled networks, which netspec's numbers are held against."""
