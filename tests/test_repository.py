"""The repository keeps its own promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "geosparql",
    "engine",
    "ontologies",
    "geotriples",
    "interlink",
    "endpoint",
    "federation",
    "earthgraph",
)
HEAVY = ("duckdb", "pyspark", "sqlglot", "httpx", "fastapi", "typer", "rich", "pyogrio", "rasterio")


def architecture_paths() -> list[str]:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"`([\w.]+(?:/[\w.*-]+)+/?)`", text)))


def test_architecture_is_short() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) < 100


@pytest.mark.parametrize("path", architecture_paths())
def test_architecture_path_exists(path: str) -> None:
    assert list(ROOT.glob(path.rstrip("/"))), f"ARCHITECTURE.md names {path}, which is not there"


def test_every_package_is_on_the_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert [name for name in PACKAGES if f"`{name}/" not in text] == []


def test_importing_geosparql_loads_no_engine() -> None:
    code = (
        "import pkgutil, sys, importlib, geosparql\n"
        "for module in pkgutil.walk_packages(geosparql.__path__, 'geosparql.'):\n"
        "    importlib.import_module(module.name)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert shown.stdout.strip() == "[]"


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_every_package_is_typed_and_says_what_it_is() -> None:
    for name in PACKAGES:
        assert (ROOT / name / "py.typed").exists()
        assert (ROOT / name / "__init__.py").read_text(encoding="utf-8").startswith('"""')
