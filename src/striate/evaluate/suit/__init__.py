"""The suit test: a CNN looks at neighbours, so what may be put in any order at no loss is nothing for it."""
