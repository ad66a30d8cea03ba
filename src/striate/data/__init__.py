"""Data: open, check, split, decode, cache, augment. Sources become one `Catalogue` (open.open_data)."""
