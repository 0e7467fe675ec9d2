"""Pictures: what no eye should have to find, found by arithmetic on the layout."""
