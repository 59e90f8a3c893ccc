"""Things that several pages show alike: steps, changes, starts, decisions."""
