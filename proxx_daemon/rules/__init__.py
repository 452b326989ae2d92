"""Pure decisions: no clock, no files, no processes, no environment."""
