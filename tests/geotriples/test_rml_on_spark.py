"""The RML suites on Spark: a sample of each module, and all of them when full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.protocol import Engine
from tests.geotriples.rml_suite import cases, run

SAMPLES = {
    "rml-core": {"RMLTC0009a-JSON"},
    "rml-io": {"RMLSTC0006b", "RMLTTC0002q"},
    "rml-cc": {"RMLTC-CC-0005-Car1", "RMLTC-CC-0007-NES", "RMLTC-CC-0010-Listb"},
    "rml-star": {"RMLSTARTC008b"},
}  # fmt: skip


def on_spark(suite: str, sample: set[str]) -> list[Any]:
    """Give the cases of a suite; those outside of the sample are long together."""
    found: list[Any] = cases(suite)
    return [
        pytest.param(
            suite, *one.values, id=f"{suite}-{one.id}",
            marks=[*one.marks, *([] if one.id in sample else [pytest.mark.full])],
        )
        for one in found
    ]  # fmt: skip


@pytest.mark.spark
@pytest.mark.parametrize(
    ("suite", "case"), [one for item in SAMPLES.items() for one in on_spark(*item)]
)
@pytest.mark.usefixtures("database_of_case")
def test_case(suite: str, case: dict[str, Any], tmp_path: Path, spark_engine: Engine) -> None:
    run(case, spark_engine, tmp_path / "output.nq", star=suite == "rml-star")
