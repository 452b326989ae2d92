"""What a file is: probe, measurements, the source matrix, routing, fingerprints."""
