"""Pages kept up to date while somebody looks."""
