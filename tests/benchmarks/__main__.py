"""``make bench``: run every benchmark, one after the other, each in its own process."""

import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Run all ``bench_*.py`` of this folder, or those whose names are given."""
    chosen = sys.argv[1:]
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        name = path.stem.removeprefix("bench_")
        if chosen and name not in chosen:
            continue
        print(f"\n== {name.replace('_', ' ')}", flush=True)
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{path.stem}"], check=True)


if __name__ == "__main__":
    main()
