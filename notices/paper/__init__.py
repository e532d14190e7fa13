"""Every paper of the house, drawn from values: the same values give the same bytes."""
