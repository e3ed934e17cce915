"""The RML-IO conformance suite: sources and targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.protocol import Engine
from tests.geotriples.rml_suite import cases, run


@pytest.mark.parametrize("case", cases("rml-io"))
@pytest.mark.usefixtures("database_of_case")
def test_case(case: dict[str, object], tmp_path: Path, duckdb_engine: Engine) -> None:
    run(case, duckdb_engine, tmp_path / "output.nq")
