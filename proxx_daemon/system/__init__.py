"""What the operating system gives: one child process, watched and ended as a tree."""
