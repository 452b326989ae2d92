"""What can go wrong: codes, meanings and actions. Pure."""
