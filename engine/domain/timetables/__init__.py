"""When something comes: a rule, what shapes it, and every due time that makes."""
