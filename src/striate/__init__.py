"""Striate: train, see through, trust and ship a convolutional network on your own pictures."""

__version__ = "0.1.0"
