"""Child processes and durable writes."""
