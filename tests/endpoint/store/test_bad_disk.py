"""A disk that is full, cannot be written to, or gave back something else: an error, no loss."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from endpoint.store import files
from endpoint.store.store import open_store
from geosparql.errors import StoreError
from tests.endpoint.store.triples import batch, ex, stored_quads

ROOT = Path(__file__).parents[3]
FULL_DISK = """
import random, resource, signal, sys
from pathlib import Path
from endpoint.sparql.update import update
from endpoint.store.store import open_store
from geosparql.errors import EarthgraphError
from tests.endpoint.store.triples import batch, ex
from geosparql.terms import Literal
store = open_store(Path(sys.argv[1]))
limit = (Path(sys.argv[1]) / "writing.duckdb").stat().st_size + 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
texts = (Literal(random.Random(i).randbytes(2_000).hex()) for i in range(1_000))
quads = [(ex(f"s{i}"), ex("p"), text, None) for i, text in enumerate(texts)]
try:
    if sys.argv[2] == "load":
        store.load_batches([batch(quads)])
    else:
        rows = " ".join(f"<{s.value}> <{p.value}> {o} ." for s, p, o, _ in quads)
        update(store, f"INSERT DATA {{ {rows} }}")
except EarthgraphError as error:
    print(type(error).__name__)
try:
    store.close()
except EarthgraphError as error:
    print(type(error).__name__)
"""


def make(path: Path) -> None:
    with open_store(path, create=True) as store:
        store.load_batches([batch([(ex("a"), ex("p"), ex("b"), None)])])


@pytest.mark.parametrize("how", ["load", "update"])
def test_a_full_disk(tmp_path: Path, how: str) -> None:
    """No file may grow beyond a size, which is what a full disk looks like to a writer."""
    make(tmp_path / "s")
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "s"), how]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "Error" in done.stdout
    for read_only in (True, False):
        with open_store(tmp_path / "s", read_only=read_only) as store:
            assert len(stored_quads(store)) == 1
    with open_store(tmp_path / "s") as store:
        assert store.load_batches([batch([(ex("a"), ex("p"), ex("c"), None)])]).added == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to the superuser")
def test_a_directory_that_cannot_be_written_to(tmp_path: Path) -> None:
    path = tmp_path / "s"
    make(path)
    path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            open_store(path)
        with open_store(path, read_only=True) as store:
            assert len(stored_quads(store)) == 1
    finally:
        path.chmod(0o700)


@pytest.mark.parametrize("keep", [0.0, 0.3])
@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_was_cut(tmp_path: Path, keep: float, read_only: bool) -> None:
    path = tmp_path / "s"
    make(path)
    whole = (path / files.PUBLISHED).read_bytes()
    (path / files.PUBLISHED).write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(StoreError), open_store(path, read_only=read_only) as store:
        stored_quads(store)
    assert (path / files.PUBLISHED).read_bytes() == whole[: int(len(whole) * keep)]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_with_bytes_turned_over(tmp_path: Path, read_only: bool) -> None:
    """Blocks have checksums: what they do not match is refused when it is read."""
    path = tmp_path / "s"
    make(path)
    content = bytearray((path / files.PUBLISHED).read_bytes())
    for place in range(12_288 + 100, len(content), 4096):
        content[place] ^= 0xFF
    (path / files.PUBLISHED).write_bytes(content)
    with pytest.raises(StoreError), open_store(path, read_only=read_only) as store:
        stored_quads(store)
    assert (path / files.PUBLISHED).read_bytes() == content
