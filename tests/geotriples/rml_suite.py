"""The RML conformance suites as pytest parameters, their files unmodified."""

from __future__ import annotations

import contextlib
import csv
import tomllib
from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.errors import EarthgraphError
from geotriples.convert import convert
from geotriples.options import ConvertOptions
from tests.geotriples.rdf_equality import assert_same

SUITES = Path(__file__).parents[2].parent / "shared" / "suites"
KNOWN_FAILURES = Path(__file__).with_name("rml_known_failures.toml")
BASE_IRI = "http://example.com/base/"
EXPECTED = ("output.nq", "output.nt", "default.nq")


def cases(suite: str, prefix: str = "") -> list[object]:
    """Give the cases of a suite; known failures are strict, so a fix must remove its line."""
    folder = SUITES / suite / "test-cases"
    if not folder.is_dir():
        return [pytest.param({}, marks=pytest.mark.skip(f"../shared/suites/{suite} is absent"))]
    known = tomllib.loads(KNOWN_FAILURES.read_text(encoding="utf-8")).get(suite, {})
    lines = (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()
    rows = [row for row in csv.DictReader(lines) if row["ID"].startswith(prefix)]
    assert set(known) <= {row["ID"] for row in rows}

    def marks(name: str) -> list[pytest.MarkDecorator]:
        return [pytest.mark.xfail(reason=known[name])] if name in known else []

    return [
        pytest.param(
            {"folder": _folder(folder, row), "base_iri": row.get("base_iri") or BASE_IRI},
            id=row["ID"],
            marks=marks(row["ID"]),
        )
        for row in rows
    ]


def _folder(suite: Path, row: dict[str, str]) -> Path:
    """Give the files of a case: RML-Star keeps them below valid and invalid."""
    kind = "invalid" if row["error"] == "true" else "valid"
    sorted_out = suite / kind / row["ID"]
    return sorted_out if sorted_out.is_dir() else suite / row["ID"]


def run(case: dict[str, object], engine: Engine, output: Path, *, star: bool = False) -> None:
    """Convert a case and compare; one without expected output must be an error of ours."""
    folder = Path(str(case["folder"]))
    mapping, base_iri = folder / "mapping.ttl", str(case["base_iri"])
    expected = next((folder / name for name in EXPECTED if (folder / name).exists()), None)
    with contextlib.chdir(folder):
        if expected is None:
            with pytest.raises(EarthgraphError):
                convert(
                    mapping, engine=engine, output=output, options=ConvertOptions(base_iri=base_iri)
                )
            assert not output.exists()
        else:
            report = convert(
                mapping,
                engine=engine,
                output=output,
                options=ConvertOptions(base_iri=base_iri, star=star),
            )
            targets = sorted(folder.glob("dump*"))
            assert [target.path.name for target in report.targets] == [
                path.name for path in targets
            ]
            made = [output, *(target.path for target in report.targets)]
            for found, wanted in zip(made, [expected, *targets], strict=True):
                assert_same(found, wanted)
