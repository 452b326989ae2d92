"""DaVinci Resolve: finding it, sessions with it, and its one slot on a machine."""
