"""``python -m earthgraph``."""

from earthgraph.cli import main

main()
