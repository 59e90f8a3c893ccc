"""What every page builds on: who asks, reading and writing, forms, words, errors, headers."""
