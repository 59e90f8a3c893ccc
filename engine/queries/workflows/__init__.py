"""Workflows: as lists and pages need them, as documents, and what calls them."""
