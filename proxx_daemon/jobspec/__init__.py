"""What was asked for: the JobSpec as record, its reading, writing and schema. Pure."""
