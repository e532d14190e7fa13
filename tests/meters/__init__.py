"""The meters room: readings, usage, intake."""
