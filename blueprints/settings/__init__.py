"""Signing in, one's account, and what administrators set."""
