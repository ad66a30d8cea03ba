"""What data can look like on disk and in memory: one file a format, each giving a `Listing` or a `Stack`."""
