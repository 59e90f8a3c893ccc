"""Zones and their clock changes, cron, months, lengths of time, and days off."""
