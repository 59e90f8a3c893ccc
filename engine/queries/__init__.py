"""Reads for pages and JSON. They change nothing."""
