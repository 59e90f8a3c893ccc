"""Due times: those to come, what became of them, why, and what lies around the schedules."""
