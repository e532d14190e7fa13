"""The front doors: pages, commands and the timetable. Translation only."""
