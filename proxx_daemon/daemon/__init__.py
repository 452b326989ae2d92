"""One job's steps, and the daemon that runs many of them."""
