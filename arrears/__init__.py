"""What is overdue, how risky it is, and what our policy and the law say about it."""
