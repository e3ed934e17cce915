"""Parts of outputs are put together in order; what no part is told of goes."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from engine.part_files import joined_parts, replaced_parts
from engine.triple_files import write_parquet_file
from geosparql.rdf import open_rdf
from geosparql.triples import TRIPLES_SCHEMA


def test_parts_are_joined_in_order(tmp_path: Path) -> None:
    with joined_parts(tmp_path / "a.nt.gz") as (folder, parts):
        for name in ("z", "stray", "a"):
            with open_rdf(folder / f"{name}.gz", "wb") as stream:
                stream.write(f"{name}\n".encode())
        parts += [folder / "z.gz", folder / "a.gz"]
        assert not (tmp_path / "a.nt.gz").exists()
    with open_rdf(tmp_path / "a.nt.gz") as stream:
        assert stream.read() == b"z\na\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.nt.gz"]


def test_a_folder_keeps_the_parts_that_count(tmp_path: Path) -> None:
    with replaced_parts(tmp_path / "a") as (folder, parts):
        for name in ("told", "stray"):
            write_parquet_file((), folder / f"{name}.parquet")
        parts.append(folder / "told.parquet")
    assert list((tmp_path / "a").iterdir()) == [tmp_path / "a" / "part-00000.parquet"]


@pytest.mark.parametrize("placed", [joined_parts, replaced_parts])
def test_what_fails_leaves_nothing(placed, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), placed(tmp_path / "a.nt") as (folder, parts):
        parts.append(folder / str((folder / "part").write_bytes(b"") / 0))
    assert list(tmp_path.iterdir()) == []


def test_no_parts_are_an_empty_output(tmp_path: Path) -> None:
    with joined_parts(tmp_path / "a.nt.gz"), replaced_parts(tmp_path / "folder"):
        pass
    with open_rdf(tmp_path / "a.nt.gz") as stream:
        assert stream.read() == b""
    assert pq.read_table(tmp_path / "folder").schema.names == TRIPLES_SCHEMA.names
