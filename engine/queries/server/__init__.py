"""This server: its people, its processes, its switches, and the room on its disk."""
