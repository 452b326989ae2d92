"""Many jobs: the loop, the claims, the pool and the operators' actions."""
