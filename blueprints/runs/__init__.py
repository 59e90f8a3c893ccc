"""Runs: their list, the page of one, starting and repeating them, what they ask."""
