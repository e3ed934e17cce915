"""Importing the core loads no engine, no HTTP library and no reader of files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FORBIDDEN = (
    "duckdb", "pyspark", "sqlglot", "httpx", "fastapi", "pandas", "pyogrio", "rasterio", "h3",
)  # fmt: skip


def test_importing_all_of_geosparql_loads_no_engine() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "geosparql").rglob("*.py"))
    ]
    program = "\n".join(
        [f"import {module}" for module in modules]
        + ["import sys", f"print(sorted(set({FORBIDDEN!r}) & set(sys.modules)))"]
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert run.stdout.strip() == "[]"
