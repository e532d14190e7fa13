"""Journeys: from the files a supplier has to what reaches a customer, and back to silence."""
