"""From due to queued, and what people decide about due times."""
