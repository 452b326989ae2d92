"""Frozen records and tables: what the other packages talk about. No imports of ours."""
