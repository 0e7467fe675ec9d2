"""Files of weights as other frameworks write them: readers, each run in a process of its own."""
