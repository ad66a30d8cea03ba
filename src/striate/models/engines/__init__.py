"""Ways to compute a trained network's answers: one small file an engine, and the choice between them by measurement."""
