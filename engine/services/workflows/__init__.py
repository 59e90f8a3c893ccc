"""Workflows, their versions and starts, from pages, files and other programs."""
