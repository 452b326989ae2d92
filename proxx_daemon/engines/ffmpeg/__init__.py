"""FFmpeg: finding it, asking what it can do, running one command."""
