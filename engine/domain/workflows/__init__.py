"""Whole workflows: the document, what starts them, their limits, and crontabs brought in."""
