"""Data that must come before it can be opened: unpacked from an archive, fetched from an address."""
