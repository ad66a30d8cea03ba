"""Heads as torch modules: what a network ends in where one dense layer is not enough."""
