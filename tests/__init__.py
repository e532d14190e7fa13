"""Cases a clerk can read, laws that must always hold, journeys, and the rules of the house."""
