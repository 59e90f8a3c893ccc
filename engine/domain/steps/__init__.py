"""The steps of a workflow: how they nest, what they may say, how they are edited."""
