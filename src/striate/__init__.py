"""Striate: convolutional networks that one can see through."""
