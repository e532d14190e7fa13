"""What is owed: tariffs, bills, the ledger, payments."""
