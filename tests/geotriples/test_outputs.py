"""Outputs of a conversion: every syntax and packing, and nothing half-written after a kill."""

from __future__ import annotations

import bz2
import gzip
import lzma
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyoxigraph as ox
import pytest

from engine.protocol import Engine
from geotriples.convert import convert
from tests.geotriples.mappings import pom, source, write_mapping

CASES = Path(__file__).with_name("cases")


def _zstd(content: bytes) -> bytes:
    with pa.CompressedInputStream(pa.py_buffer(content), "zstd") as stream:
        unpacked: bytes = stream.read()
        return unpacked


UNPACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".zst": _zstd,
}


def quads(path: Path) -> set[str]:
    content, name = path.read_bytes(), path
    if path.suffix in UNPACKED:
        content, name = UNPACKED[path.suffix](content), path.with_suffix("")
    found = ox.parse(content, ox.RdfFormat.from_extension(name.suffix[1:]))
    return {str(quad) for quad in found}


@pytest.mark.parametrize("packing", ["", *UNPACKED])
@pytest.mark.parametrize("syntax", ["nt", "nq", "ttl", "trig", "rdf", "jsonld"])
def test_every_output_says_the_same(
    syntax: str, packing: str, duckdb_engine: Engine, tmp_path: Path
) -> None:
    output = tmp_path / f"a.{syntax}{packing}"
    report = convert(CASES / "csv_points" / "mapping.ttl", engine=duckdb_engine, output=output)
    assert quads(output) == quads(CASES / "csv_points" / "expected.nq")
    assert report.triples == 11
    assert [path.name for path in tmp_path.iterdir()] == [output.name]


@pytest.mark.parametrize("name", ["a.nq", "a.trig.gz", "a.jsonld.zst"])
def test_named_graphs(name: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    convert(CASES / "graphs" / "mapping.ttl", engine=duckdb_engine, output=tmp_path / name)
    assert quads(tmp_path / name) == quads(CASES / "graphs" / "expected.nq")


DEADLY = """
import os, signal
from geotriples.functions.user import mapping_function

@mapping_function("http://example.com/deadly", parameters=["http://example.com/value"])
def deadly(value: str) -> str:
    if value == "last":
        os.kill(os.getpid(), signal.SIGKILL)
    return value
"""


@pytest.mark.parametrize("name", ["a.ttl.gz", "a"])
def test_a_killed_run_leaves_no_half_file(name: str, tmp_path: Path) -> None:
    rows = [f"{number},some" for number in range(150_000)]
    (tmp_path / "rows.csv").write_text("\n".join(["id,value", *rows, "x,last"]))
    (tmp_path / "deadly.py").write_text(DEADLY)
    call = "rml:functionExecution [ rml:function ex:deadly; rml:input [ rml:parameter ex:value; "
    mapping = write_mapping(
        tmp_path,
        f"""<#M> {source("rows.csv", "rml:CSV")};
        rml:subjectMap [ rml:template "http://e/{{id}}" ];
        {pom("ex:p", call + 'rml:inputValueMap [ rml:reference "value" ] ] ]')} .""",
    )
    output = tmp_path / "out" / name
    words = ["convert", mapping, "-o", output, "--functions", tmp_path / "deadly.py"]
    command = [sys.executable, "-m", "earthgraph", *map(str, words)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not output.exists()
    # What it was writing stands beside under a name that nothing reads, not nowhere at all
    assert [path.name.startswith((".partial-", "a.part")) for path in output.parent.iterdir()] == [
        True
    ]
