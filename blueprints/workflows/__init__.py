"""Workflows: their list, the page of one, versions, settings, and bringing them in."""
