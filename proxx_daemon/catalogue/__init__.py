"""Reads the profiles that ship with Proxx."""
