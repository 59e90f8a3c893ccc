"""This server: who leads, who lives, what is kept and how long."""
