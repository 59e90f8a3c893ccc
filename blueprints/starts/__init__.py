"""What starts a workflow: schedules, web addresses, single times, and why they came."""
