"""What was metered. This room knows nothing of money or customers."""
