"""The settings: one table, and how they are read and checked. Pure."""
