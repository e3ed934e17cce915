"""Cases as folders: a mapping, its inputs and the dataset that both engines must make of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.protocol import Engine
from geotriples.convert import convert
from tests.geotriples.rdf_equality import assert_same

CASES = sorted(path for path in Path(__file__).with_name("cases").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_case(folder: Path, engine: Engine, tmp_path: Path) -> None:
    output = tmp_path / "output.nq"
    convert(folder / "mapping.ttl", engine=engine, output=output)
    assert_same(output, folder / "expected.nq")
