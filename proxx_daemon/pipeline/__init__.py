"""One job from its bytes to its outcome: prepare, plan, execute, publish."""
