"""STAC items and OGC API Features: files, pages, boxes, geometries in CRS84."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest
import shapely

from geosparql.errors import MappingError, SourceError
from geotriples.access import SourceAccess
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import EGR, OGC_FEATURES, STAC
from geotriples.sources.table import open_source
from tests.geotriples.web_server import Answer, Site, site


def item(number: int, point: list[float] | None) -> dict[str, Any]:
    geometry = point and {"type": "Point", "coordinates": point}
    properties = {"datetime": f"2020-01-0{number}T00:00:00Z", "eo:cloud_cover": number + 0.5}
    return {"type": "Feature", "stac_version": "1.0.0", "id": f"i{number}", "geometry": geometry,
            "properties": properties, "links": [], "assets": {"a": {"href": "b.tif"}}}  # fmt: skip


ITEMS = [item(1, [5, 52]), item(2, None), item(3, [6, 53, 7])]
REFERENCES = ["id", "geometry", "$.properties['eo:cloud_cover']", "assets.*.href"]


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as made:
        yield made


def read(file: FileSource, kind: str = STAC, **options: str) -> pa.Table:
    given = tuple((EGR + name, value) for name, value in options.items())
    opened = open_source(LogicalSource(file, kind, "test", None, given), REFERENCES)
    batches = [batch for part in opened.parts.parts for batch in opened.parts.read(part)]
    table = pa.Table.from_batches(batches, opened.parts.schema)
    return table.rename_columns(["id", "geometry", "cloud", "href", "row"])


def ids(table: pa.Table) -> list[str]:
    return [value["lexical"] for value in table["id"].to_pylist()]


def paged(web: Site, first_link: dict[str, str] | None = None) -> FileSource:
    """Serve the items one a page."""

    def answer(path: str) -> Answer:
        start = int(parse_qs(urlsplit(path).query).get("at", ["0"])[0])
        link = first_link or {"rel": "next", "href": f"items?at={start + 1}"}
        links = [{"rel": "self", "href": path}, *([link] if start < 2 else [])]
        page = {"type": "FeatureCollection", "features": ITEMS[start : start + 1], "links": links}
        return 200, {"Content-Type": "application/geo+json"}, json.dumps(page).encode()

    web.answers["/collections/c/items"] = answer
    return FileSource(Path("items"), url=web.url + "/collections/c/items")


def test_files(tmp_path: Path) -> None:
    files = {
        "one.json": json.dumps(ITEMS[0]),
        "many.json": json.dumps({"type": "FeatureCollection", "features": ITEMS}),
        "lines.ndjson": "\n".join(map(json.dumps, ITEMS)),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert ids(read(FileSource(tmp_path / "one.json"))) == ["i1"]
    for name in ("many.json", "lines.ndjson"):
        found = read(FileSource(tmp_path / name))
        assert ids(found) == ["i1", "i2", "i3"]
        points = shapely.from_wkb(found["geometry"].to_pylist())
        assert [p and shapely.to_wkt(p) for p in points] == [
            "POINT (5 52)",
            None,
            "POINT Z (6 53 7)",
        ]
        assert found["cloud"][0].as_py()["lexical"] == "1.5E0"
        assert [value["lexical"] for value in found["href"][0].as_py()] == ["b.tif"]


def test_box_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"type": "FeatureCollection", "features": ITEMS}))
    assert ids(read(FileSource(tmp_path / "a.json"), box="5.5 52 7 54")) == ["i3"]


def test_pages(web: Site) -> None:
    assert ids(read(paged(web), OGC_FEATURES, box="4 51 6.5 53")) == ["i1", "i2", "i3"]
    first = parse_qs(urlsplit(web.asked[0]).query)
    assert (first["bbox"], first["limit"]) == (["4.0,51.0,6.5,53.0"], ["1000"])
    assert len(web.asked) == 3


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ({"rel": "next", "href": "?limit=1000"}, "go in a circle"),
        ({"rel": "next", "href": "http://localhost:9/x"}, "host is not among"),
        ({"rel": "next", "href": "file:///x"}, "host is not among"),
        ({"rel": "next", "href": "x", "method": "POST"}, "by POST"),
        ({"rel": "next", "href": "none"}, "404"),
    ],
)
def test_links_that_lead_nowhere(link: dict[str, str], message: str, web: Site) -> None:
    access = SourceAccess(hosts=frozenset({"127.0.0.1"}))
    file = paged(web, link)
    with pytest.raises(SourceError, match=message):
        read(FileSource(file.path, url=file.url, access=access), OGC_FEATURES)


def test_wrong(tmp_path: Path, web: Site) -> None:
    broken = {"type": "Feature", "geometry": {"type": "Point", "coordinates": "x"}}
    for name, content, message in (
        ("a.json", {"a": 1}, "neither a feature"),
        ("b.json", broken, "from row 1: A geometry is not GeoJSON"),
    ):
        (tmp_path / name).write_text(json.dumps(content))
        with pytest.raises(SourceError, match=rf"{name}.*{message}"):
            read(FileSource(tmp_path / name))
    with pytest.raises(SourceError, match="The JSON file cannot be read"):
        read(FileSource(Path("x"), url=web.put("/x", b"<html>")), OGC_FEATURES)
    with pytest.raises(MappingError, match="egr:box needs four numbers: '1 2'"):
        read(paged(web), OGC_FEATURES, box="1 2")
