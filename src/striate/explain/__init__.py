"""See inside: every number of a network unfolded, and what it looks for, each with a check."""
