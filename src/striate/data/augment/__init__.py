"""Disturb whole batches: one file a kind of content, driven by an explicit generator."""
