"""The HTTP edges, through a real client against a real database."""
