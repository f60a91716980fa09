"""What the files say about a program: modules, symbols, locations."""
