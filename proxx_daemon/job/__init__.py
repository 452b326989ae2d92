"""What a job goes through: its states, and what it reports on the way. Pure."""
