"""Runs: what happened in them, what they ask, where they stand in line, what can be done with them."""
