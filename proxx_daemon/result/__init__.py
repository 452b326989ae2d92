"""What is said of a job: the record, its JSON document, and proofs of it."""
