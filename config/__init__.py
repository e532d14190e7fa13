"""Ground floor: settings, the database, people and approvals, and the files a supplier may change."""
