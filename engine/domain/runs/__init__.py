"""Runs: their states, their failures in words, their retries, and their figures."""
