"""What the tests stand on: programs compiled on demand, and facts about processes."""
