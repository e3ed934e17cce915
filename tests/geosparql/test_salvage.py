"""Partly broken documents: what can be read is, what cannot is named with its place."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest

from geosparql import salvage
from geosparql.errors import SourceError
from geosparql.salvage import LeftOut, read_salvaged

GOOD = '<http://e/{0}> <http://e/p> "{0}" .'


def read(path: Path) -> tuple[list[str], list[LeftOut]]:
    left_out: list[LeftOut] = []
    rows = [text for part in read_salvaged(path, left_out.append) for text in part[2].to_pylist()]
    return rows, left_out


def test_lines_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    lines = [GOOD.format(number).encode() for number in range(2000)]
    bad = {3: b"nonsense", 700: b"<http://e/a> <rel> <http://e/b> .", 1500: b"<http://e/\xff> ."}
    for place, line in bad.items():
        lines[place] = line
    (tmp_path / "x.nt").write_bytes(b"\n".join(lines))
    rows, left_out = read(tmp_path / "x.nt")
    assert rows == [str(number) for number in range(2000) if number not in bad]
    assert [each.line for each in left_out] == [4, 701, 1501]
    assert left_out[0].text == "nonsense"
    assert "No scheme found" in left_out[1].reason
    assert "x.nt, line 701: " in str(left_out[1])


def test_places_count_over_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salvage, "_BLOCK_BYTES", 100)
    lines = [GOOD.format(number) for number in range(50)]
    lines[40] = "?"
    (tmp_path / "x.nq").write_text("\n".join(lines))
    rows, (left_out,) = read(tmp_path / "x.nq")
    assert (len(rows), left_out.line) == (49, 41)


@pytest.mark.parametrize("extension", ["ttl", "trig", "rdf", "jsonld"])
def test_another_document_is_read_as_a_whole_or_not_at_all(tmp_path: Path, extension: str) -> None:
    triple = ox.Triple(ox.NamedNode("http://e/a"), ox.NamedNode("http://e/p"), ox.Literal("x"))
    format = ox.RdfFormat.from_extension(extension)
    content = ox.serialize([triple], format=format)
    (tmp_path / f"good.{extension}").write_bytes(content)
    assert read(tmp_path / f"good.{extension}") == (["x"], [])
    (tmp_path / f"bad.{extension}").write_bytes(content + b" <<< broken")
    rows, (left_out,) = read(tmp_path / f"bad.{extension}")
    assert (rows, left_out.line) == ([], None)
    assert left_out.document.endswith(f"bad.{extension}")


def test_a_cut_archive_is_read_as_far_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(salvage, "_BLOCK_BYTES", 4096)
    text = "".join(GOOD.format(f"{number * 7919 % 99991}") + "\n" for number in range(20_000))
    whole = gzip.compress(text.encode())
    (tmp_path / "x.nt.gz").write_bytes(whole[: len(whole) // 2])
    rows, (left_out,) = read(tmp_path / "x.nt.gz")
    assert rows == [str(number * 7919 % 99991) for number in range(len(rows))]
    assert 0 < len(rows) < 20_000
    assert "cannot be read further" in left_out.reason


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        read(tmp_path / "nowhere.nt")
