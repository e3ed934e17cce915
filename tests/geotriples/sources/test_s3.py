"""Files of an object store that speaks S3, with credentials by the usual environment."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from engine.protocol import Engine
from geosparql.errors import EarthgraphError, SourceError
from geotriples.access import SourceAccess, restricted
from geotriples.mapping.rml import read_mapping
from tests.geotriples.mappings import objects_of, pom, rows_of, source, write_mapping
from tests.geotriples.s3_server import KEYS, ObjectStore, object_store
from tests.geotriples.sources.test_vector import write_layer
from tests.geotriples.sources.test_web import ROWS, mapping


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    pytest.importorskip("s3fs")
    with object_store(monkeypatch) as made:
        yield made


def test_objects_are_read_anew(store: ObjectStore, engine: Engine, tmp_path: Path) -> None:
    path = mapping(tmp_path, store.put("fields", "2026/a.csv.gz", gzip.compress(ROWS)))
    assert objects_of(path, engine, "v") == ["a", "b"]
    store.put("fields", "2026/a.csv.gz", gzip.compress(ROWS.replace(b"a", b"c")))
    assert objects_of(path, engine, "v") == ["b", "c"]


def test_vector_file(store: ObjectStore, duckdb_engine: Engine, tmp_path: Path) -> None:
    layer = write_layer(tmp_path / "a.gpkg", np.array([shapely.box(n, 1, 9, 9) for n in range(3)]))
    address = store.put("fields", "a.gpkg", layer.read_bytes())
    layer.unlink()
    value = pom("ex:v", 'rml:reference "geometry"')
    subject = 'rml:subjectMap [ rml:template "http://e/{fid}" ]'
    read = write_mapping(tmp_path, f"<#M> {source(address, 'egr:Vector')}; {subject}; {value} .")
    assert len(objects_of(read, duckdb_engine, "v")) == 3


def no_bucket(store: ObjectStore, patch: pytest.MonkeyPatch) -> str:
    return "s3://nowhere/a.csv"


def no_object(store: ObjectStore, patch: pytest.MonkeyPatch) -> str:
    return store.put("fields", "a.csv", ROWS).replace("a.csv", "b.csv")


def denied(store: ObjectStore, patch: pytest.MonkeyPatch) -> str:
    address = store.put("fields", "a.csv", ROWS)
    store.deny_all(patch)
    return address


def no_credentials(store: ObjectStore, patch: pytest.MonkeyPatch) -> str:
    for name in KEYS:
        patch.delenv(name)
    return store.put("fields", "a.csv", ROWS)


def no_server(store: ObjectStore, patch: pytest.MonkeyPatch) -> str:
    patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    return "s3://fields/a.csv"


WRONG = {
    no_bucket: r"s3://nowhere/a\.csv: There is no such bucket.*AWS_ENDPOINT_URL",
    no_object: r"s3://fields/b\.csv: There is no such object.*Check bucket and key",
    denied: r"s3://fields/a\.csv: The store denies reading it.*Check the credentials",
    no_credentials: r"s3://fields/a\.csv: The store wants credentials.*FSSPEC_S3_ANON",
    no_server: r"s3://fields/a\.csv: The store does not answer.*AWS_ENDPOINT_URL",
}


@pytest.mark.parametrize("make", WRONG, ids=lambda make: make.__name__)
def test_what_is_wrong_is_told(
    make: object, store: ObjectStore, duckdb_engine: Engine, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path = mapping(tmp_path, make(store, monkeypatch))  # type: ignore[operator]
    with pytest.raises(SourceError, match=WRONG[make]):  # type: ignore[index]
        rows_of(path, duckdb_engine)


def test_public_data_needs_no_credentials(
    store: ObjectStore, duckdb_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsspec = pytest.importorskip("fsspec")
    no_credentials(store, monkeypatch)
    address = store.put("open", "a.csv", ROWS, acl="public-read")
    # What FSSPEC_S3_ANON in the environment says when a process starts
    monkeypatch.setitem(fsspec.config.conf, "s3", {"anon": "true"})
    assert objects_of(mapping(tmp_path, address), duckdb_engine, "v") == ["a", "b"]


def test_buckets_that_may_be_read(
    store: ObjectStore, duckdb_engine: Engine, tmp_path: Path
) -> None:
    given = read_mapping(mapping(tmp_path, store.put("fields", "a.csv", ROWS)))
    inside = SourceAccess(hosts=frozenset({"fields"}))
    assert len(rows_of(restricted(given, inside), duckdb_engine)) == 2
    with pytest.raises(SourceError, match="host is not among"):
        rows_of(restricted(given, SourceAccess(hosts=frozenset({"other"}))), duckdb_engine)


@pytest.mark.parametrize(
    "address",
    ["local://{folder}/a.csv", "simplecache::local://{folder}/a.csv", "memory://fields/a.csv"],
)
def test_addresses_that_name_files(address: str, duckdb_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROWS)
    given = read_mapping(mapping(tmp_path, address.format(folder=tmp_path)))
    for access in (SourceAccess(roots=(tmp_path,)), SourceAccess(hosts=frozenset({""}))):
        with pytest.raises(EarthgraphError, match="Addresses of this kind are not allowed"):
            rows_of(restricted(given, access), duckdb_engine)
