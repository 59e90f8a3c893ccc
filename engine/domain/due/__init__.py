"""What becomes of due times: run, missed, held back, moved; and how that is told."""
