"""One file for each question about speed that a user feels; `./dev bench` asks them."""
