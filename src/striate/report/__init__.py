"""Records drawn for people: one self-contained HTML file, the terminal, figures. Nothing here judges a network."""
