"""Times as people type them: "every weekday at 9am"."""
