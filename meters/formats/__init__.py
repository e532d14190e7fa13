"""Files of readings, each format with a reader of its own and one shape of result."""
