"""Files to numbers: one file a kind of content; what cannot be decoded is refused by name."""
