"""What other tools report for a network's torch model, by their own rules and without them."""
