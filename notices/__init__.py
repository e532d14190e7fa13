"""Fourth room: telling the customer, on paper or by SMS, and remembering it word for word."""
