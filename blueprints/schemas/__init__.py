"""What programs send and get as JSON: one file per noun, camelCase outside, Python's names inside."""
