"""What people ask for: new jobs, jobs submitted again."""
