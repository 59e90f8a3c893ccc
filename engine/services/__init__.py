"""Writes: one function per use case. They take `at`, never a clock, and know no queue."""
