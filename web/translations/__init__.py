"""The pages' words in other languages, and the tool that keeps the catalogs complete."""
