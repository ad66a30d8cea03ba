"""Networks: the zoo of named lines, building a plan into a module, and running it over many pictures."""
