"""Strict JSON in, laid-out JSON out, and the pieces of JSON Schemas. Pure."""
