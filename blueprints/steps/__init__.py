"""The draft as a recipe, and the form of one step."""
