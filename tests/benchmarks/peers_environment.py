"""A virtual environment with the peers of the conversion benchmark, made once from PyPI.

They pin packages that ours do not go with, so they are no extra of the project.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PACKAGES = ("morph-kgc", "maplib", "polars")
VARIABLE = "EARTHGRAPH_PEERS"


def peers_python() -> str:
    """Give the Python of an environment with the peers in it, and say which it is.

    `VARIABLE` names a Python that has them, or the folder of an environment. By default
    the folder stands in the user's cache. Where it has none yet, one is made there.
    """
    given = os.environ.get(VARIABLE)
    if given and Path(given).is_file():
        print(f"Peers: {given} ({VARIABLE})", flush=True)
        return given
    folder = Path(given) if given else _cache() / "earthgraph" / "peers"
    python, done = folder / "bin" / "python", folder / "installed.txt"
    if not done.exists():
        print(f"Installing {', '.join(PACKAGES)} from PyPI into {folder}; {VARIABLE} names "
              "another folder, or a Python that has them", flush=True)  # fmt: skip
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        _run(python, "install", "--quiet", *PACKAGES)
        done.write_text(_run(python, "freeze"))
    lines = done.read_text().replace("_", "-").split()
    held = [line for line in lines if line.split("==")[0] in PACKAGES]
    print(f"Peers: {', '.join(held)} in {folder}", flush=True)
    return str(python)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _run(python: Path, *pip: str) -> str:
    command = [python, "-m", "pip", "--disable-pip-version-check", *pip]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
