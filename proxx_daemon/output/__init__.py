"""What came out: verification, relink verdicts, MXF ids, digest, publication."""
