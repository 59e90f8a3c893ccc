"""The calendar and its feed, days off and blackouts."""
