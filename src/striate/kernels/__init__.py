"""Operators on tensors, each in one place, so that training and prediction cannot differ."""
