"""Canonical and user profiles, and what compiles the latter; `catalogue` reads the files."""
