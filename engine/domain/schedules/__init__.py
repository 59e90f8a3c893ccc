"""Schedules as documents and in sentences, with what may surprise in them."""
