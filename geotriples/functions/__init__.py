"""Functions that a mapping may call (RML-FNML): tables of them, and those that a user registers."""
