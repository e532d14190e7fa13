"""Ground floor: settings, the database, people, approvals, and what a supplier may change."""
