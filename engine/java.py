"""Which Java there is: Spark needs one, nothing else does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from geosparql.errors import EngineUnavailableError

LEAST_VERSION = 17
_HINT = "Java 17 or later is needed for Spark alone; all else runs on the engine duckdb"


def require_java() -> Path:
    """Find a Java that Spark can use.

    Returns
    -------
    Path
        The ``java`` command of ``JAVA_HOME``, or else of the search path.

    Raises
    ------
    EngineUnavailableError
        There is none, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    if found is None:
        raise EngineUnavailableError("Spark needs Java, which is not installed", hint=_HINT)
    shown = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(?:1\.)?(\d+)', shown.stderr)
    if version is None or int(version[1]) < LEAST_VERSION:
        raise EngineUnavailableError(
            "Spark cannot use this Java",
            where=found,
            value=shown.stderr.split("\n", 1)[0],
            hint=_HINT,
        )
    return Path(found)
