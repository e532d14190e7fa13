"""A supplier that does not exist, its files, and a walk with them through the public doors."""
