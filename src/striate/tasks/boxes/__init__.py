"""Boxes: how two overlap, which place learns which, which are the same object, and how precise a set of them is."""
