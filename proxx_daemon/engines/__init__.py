"""The programs that encode: where they are and how one of them is run."""
