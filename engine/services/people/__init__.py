"""Accounts: letting people in, signing in, their keys and secret addresses."""
