"""The programs that encode: which one runs, how it is run and how it is ended."""
