"""Schedules of starts, the ledger of due times, and what moves them."""
