"""Plain Python: no clock, no I/O, no SQLAlchemy."""
