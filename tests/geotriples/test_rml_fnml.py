"""The RML-FNML conformance suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.protocol import Engine
from tests.geotriples.rml_suite import cases, run


@pytest.mark.parametrize("case", cases("rml-fnml"))
def test_case(case: dict[str, object], tmp_path: Path, duckdb_engine: Engine) -> None:
    run(case, duckdb_engine, tmp_path / "output.nq")


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.parametrize("case", cases("rml-fnml"))
def test_case_on_spark(case: dict[str, object], tmp_path: Path, spark_engine: Engine) -> None:
    run(case, spark_engine, tmp_path / "output.nq")
