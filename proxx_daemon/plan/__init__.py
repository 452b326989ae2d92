"""What will be done: names, timing, filters, commands, and what must come out. Pure."""
