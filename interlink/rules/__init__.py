"""Rule files, in TOML or Turtle: the model, its keys, reading and checking."""
