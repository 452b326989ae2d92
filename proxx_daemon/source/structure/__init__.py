"""What the structure of a file promises, and whether the file holds it: boxes, keys and chunks."""
