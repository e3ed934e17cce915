"""The table of kinds: documented as it is, every opener importable, unknown formulations told."""

from __future__ import annotations

from pathlib import Path

import pytest

from geosparql.errors import MappingError
from geotriples.mapping.vocabulary import RML
from geotriples.sources.table import SOURCE_KINDS, SourceKind, kinds_table
from tests.geotriples.mappings import read_source

DOCUMENT = Path(__file__).parents[3] / "docs" / "sources.md"


def test_documented() -> None:
    assert kinds_table() in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", SOURCE_KINDS, ids=lambda kind: kind.formulation + kind.opener)
def test_openers(kind: SourceKind) -> None:
    assert callable(kind.load())


def test_unknown(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"formulation is not known.*Known: .*SQL2008Table"):
        read_source(tmp_path / "a", RML + "None", [])
