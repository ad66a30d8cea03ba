"""Tables: read from text, Parquet or JSON lines into one form, and what their columns hold."""
