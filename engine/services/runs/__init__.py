"""Runs: started, claimed, written down, ended, repeated, and what they ask."""
