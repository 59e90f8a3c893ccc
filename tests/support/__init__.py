"""What tests share: real databases, a real Redis protocol server, an outside world, a running app."""
