"""Looks at media files: what is inside them and what identifies them."""
