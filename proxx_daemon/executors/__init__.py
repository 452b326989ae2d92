"""Who carries out a planned job: one interface, behind it FFmpeg and DaVinci Resolve."""
