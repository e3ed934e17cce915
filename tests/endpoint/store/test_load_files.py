"""Many files at once, of every syntax and compression, whole and broken."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from endpoint.store.store import Store
from geosparql.errors import RDFSyntaxError, SourceError
from geosparql.rdf import RDF_FORMATS, open_rdf, write_triples
from tests.endpoint.store.triples import EX, batch, ex, stored_quads, write_text

NAMES = [
    f"{row.name}{row.extensions[0]}{compression}"
    for row, compression in itertools.product(RDF_FORMATS, ("", ".gz", ".bz2", ".xz", ".zst"))
]
TTL = f"@prefix : <{EX}> . :a :p "


def written(folder: Path, names: Sequence[str]) -> list[Path]:
    """Write one triple into each file, of its own."""
    for name in names:
        with open_rdf(folder / name, "wb") as stream:
            triples = batch([(ex(name), ex("p"), ex("o"), None)])
            write_triples([triples], stream, format=name.split(".", 1)[0])
    return [folder / name for name in names]


def test_every_syntax_and_compression_at_once(store: Store, tmp_path: Path) -> None:
    report = store.load(written(tmp_path, NAMES))
    assert {quad[0] for quad in stored_quads(store)} == {ex(name) for name in NAMES}
    assert report.added == len(report.documents) == len(NAMES) == 30


def test_collecting_goes_on_after_what_cannot_be_read(store: Store, tmp_path: Path) -> None:
    lines = f"<{EX}a> <{EX}p> <{EX}b> .\nnonsense\n<{EX}a> <{EX}p> 5 .\n<{EX}c> <{EX}p> <{EX}d> .\n"
    files = [
        write_text(tmp_path / "bad.nt", lines),
        write_text(tmp_path / "bad.ttl", TTL + "1 . :b :p"),
        write_text(tmp_path / "good.ttl", TTL + "2 ."),
    ]
    with pytest.raises(RDFSyntaxError, match=r"bad\.nt, line 2"):
        store.load(files)
    assert store.info().triples == 0
    report = store.load(files, on_error="collect")
    assert (report.added, report.left_out) == (3, 3)
    places = [(Path(each.document).name, each.line) for each in report.left_out_first]
    assert places == [("bad.nt", 2), ("bad.nt", 3), ("bad.ttl", None)]
    assert sum(report.left_out_reasons.values()) == 3


def test_collecting_leaves_damaged_parquet_out(store: Store, tmp_path: Path) -> None:
    """Cut off, or with a page that cannot be unpacked: found before a row of it is kept."""
    folder = tmp_path / "parts"
    folder.mkdir()
    files = [folder / f"{name}.parquet" for name in ("cut", "good", "rotten")]
    for file in files:
        rows = [(ex(f"{file.stem}{n}"), ex("p"), ex("o"), None) for n in range(100)]
        pq.write_table(pa.Table.from_batches([batch(rows)]), file)
    cut, _, rotten = (file.read_bytes() for file in files)
    files[0].write_bytes(cut[: len(cut) // 2])
    files[2].write_bytes(rotten[:4] + b"\xff" * 200 + rotten[204:])
    with pytest.raises(SourceError, match="Parquet cannot be read"):
        store.load(folder)
    report = store.load([folder, files[2]], on_error="collect")
    assert (report.added, report.left_out) == (100, 3)
    assert {subject for subject, *_ in stored_quads(store)} == {ex(f"good{n}") for n in range(100)}
    names = [Path(each.document).name for each in report.left_out_first]
    assert names == ["cut.parquet", "rotten.parquet", "rotten.parquet"]


def test_collecting_does_not_hide_a_missing_file(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        store.load([tmp_path / "nowhere.nt"], on_error="collect")
