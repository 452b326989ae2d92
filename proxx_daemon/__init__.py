"""Proxx makes editing proxies of camera files, unattended and reproducibly."""

__version__ = "0.1.0"
