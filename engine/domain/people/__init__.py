"""Accounts, roles and passwords, and where mail is handed in."""
