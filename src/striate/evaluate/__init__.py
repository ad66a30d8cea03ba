"""Judge a network on examples it has not seen, beside simpler methods on the same ones."""
