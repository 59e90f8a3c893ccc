"""The command line: one file per command; each parses, calls a service or query, and prints."""
