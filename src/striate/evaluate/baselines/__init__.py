"""What simpler methods get on the same test examples: one file a kind of content, chosen in `table`."""
