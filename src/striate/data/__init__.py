"""Data: open, check, split, decode, cache, augment, load. Sources become one `Catalogue` (open.open_data)."""
