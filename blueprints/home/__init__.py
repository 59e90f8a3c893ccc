"""Home, what was missed, figures, health and help."""
