"""Readers of what banks send."""
