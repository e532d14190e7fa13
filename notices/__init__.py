"""Telling the customer, and remembering word for word what was told."""
