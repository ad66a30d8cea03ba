"""Layers as torch modules: the input layer, one module an operation of the notation, and blocks of them."""
