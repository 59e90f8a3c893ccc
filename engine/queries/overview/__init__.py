"""Over everything: what needs a person, what was due, how it went, what changed."""
