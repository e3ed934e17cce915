"""Seeded N-Triples files for the benchmarks: mixed features, and the synthetic map of Geographica.

Both are made a block of features at a time by Arrow's string kernels, and kept in a
folder so that several runs share them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

EX = "http://example.org/"
GEO = "http://www.opengis.net/ont/geosparql#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SEED = 20261124
KINDS = 3
CLASSES_OF_KIND = 7
_BLOCK = 1 << 16

Blocks = Iterator[tuple[bytes, int]]
"""Pieces of a file and how many triples each holds."""


def cached(folder: Path, name: str, blocks: Callable[[], Blocks]) -> tuple[Path, int]:
    """Give a file of N-Triples, written where it is not there yet, and its number of triples."""
    file, count = folder / f"{name}.nt", folder / f"{name}.count"
    if not count.exists():
        folder.mkdir(parents=True, exist_ok=True)
        triples = 0
        with file.open("wb") as out:
            for text, lines in blocks():
                out.write(text)
                triples += lines
        count.write_text(str(triples))
    return file, int(count.read_text())


# Mixed features


def mixed_features(features: int, seed: int = SEED) -> Blocks:
    """Give features with a class, a label, a number, a date, a link and a geometry.

    7 triples each; points, boxes and lines of three points by turns, all over the world.
    The number of a class leaves the same rest by `KINDS` as that of its features.
    """
    random = np.random.default_rng(seed)
    for first in range(0, features, _BLOCK):
        rows = np.arange(first, min(first + _BLOCK, features))
        yield _block(_mixed_triples(rows, features, random))


def _mixed_triples(rows: NDArray[np.int64], features: int, random: Any) -> list[Any]:
    count = len(rows)
    feature, geometry = _iri(EX + "feature/", rows), _iri(EX + "geometry/", rows)
    classes = KINDS * random.integers(0, CLASSES_OF_KIND, count) + rows % KINDS
    days = pc.utf8_lpad(_text(random.integers(1, 28, count)), 2, "0")
    values = _joined('"', _text(random.integers(0, 10**6, count)), f'"^^<{XSD}integer>')
    return [
        (feature, TYPE, _iri(EX + "class/", classes)),
        (feature, EX + "label", _joined('"Feature number ', _text(rows), '"@en')),
        (feature, EX + "value", values),
        (feature, EX + "date", _joined('"2024-05-', days, f'"^^<{XSD}date>')),
        (feature, EX + "near", _iri(EX + "feature/", random.integers(0, features, count))),
        (feature, GEO + "hasGeometry", geometry),
        (geometry, GEO + "asWKT", _wkt_literal(_mixed_wkt(rows, random), GEO + "wktLiteral")),
    ]


def _mixed_wkt(rows: NDArray[np.int64], random: Any) -> pa.Array:
    count = len(rows)
    x, y = random.uniform(-170, 170, count), random.uniform(-80, 80, count)
    d = random.uniform(0.001, 0.1, count)
    kinds = (
        ("POINT (", [(x, y)], ")"),
        ("POLYGON ((", [(x, y), (x + d, y), (x + d, y + d), (x, y + d), (x, y)], "))"),
        ("LINESTRING (", [(x, y), (x + d, y + d / 3), (x + d / 2, y + d)], ")"),
    )
    texts = [_joined(start, _positions(points), end) for start, points, end in kinds]
    return pc.choose(pa.array(rows % KINDS), *texts)


# The synthetic map of Geographica

SQUARE = 90.0
CLASS_NAMES = ("landOwnership", "state", "road", "pointOfInterest")


def largest_tag(n: int) -> int:
    """Give the tag that the fewest features have."""
    tag = 1024
    while tag > n:
        tag //= 2
    return tag


def namespace(name: str) -> str:
    """Give the namespace of one of the four classes."""
    return f"http://geographica.example.org/{name}/"


def synthetic_map(n: int) -> Blocks:
    """Give n² hexagons, (n/3)² hexagons of triple size, n zigzag lines and n² points.

    They lie in a square of 90 by 90 degrees. All features have tag 1, and each whose
    number divides by `largest_tag` has that tag too; selecting by it selects so much less.
    """
    step = SQUARE / (n + 0.5)
    shapes: tuple[tuple[str, int, Callable[[NDArray[np.int64]], pa.Array]], ...] = (
        ("landOwnership", n * n, lambda rows: _hexagons(rows, n, step)),
        ("state", (n // 3) ** 2, lambda rows: _hexagons(rows, n // 3, 3 * step)),
        ("road", n, lambda rows: _roads(rows, n, step)),
        ("pointOfInterest", n * n, lambda rows: _slanted_points(rows, n, step)),
    )
    for name, count, wkt in shapes:
        block = _BLOCK if name != "road" else 64
        for first in range(0, count, block):
            rows = np.arange(first, min(first + block, count))
            yield _block(_feature_triples(name, rows + 1, wkt(rows)))
            tagged = (rows + 1)[(rows + 1) % largest_tag(n) == 0]
            if len(tagged):
                yield _block(_tag_triples(name, tagged, largest_tag(n)))


def _feature_triples(name: str, ids: NDArray[np.int64], wkt: pa.Array) -> list[Any]:
    space = namespace(name)
    feature, geometry = _iri(space, ids), _iri(space + "geometry/", ids)
    return [
        (feature, TYPE, _same(f"<{space}{name}>", len(ids))),
        (feature, space + "hasGeometry", geometry),
        (geometry, space + "asWKT", _wkt_literal(wkt, GEO + "wktLiteral")),
        *_tag_triples(name, ids, 1),
    ]


def _tag_triples(name: str, ids: NDArray[np.int64], tag: int) -> list[Any]:
    space = namespace(name)
    node = _iri(f"{space}tag/{tag}/", ids)
    return [
        (_iri(space, ids), space + "hasTag", node),
        (node, TYPE, _same(f"<{space}Tag>", len(ids))),
        (node, space + "hasKey", _same(f'"{tag}"', len(ids))),
        (node, space + "hasValue", _same(f'"{tag}"', len(ids))),
    ]


def _hexagons(rows: NDArray[np.int64], n: int, step: float) -> pa.Array:
    """Give hexagons that stand on a corner, n in a row; odd rows stand half a step aside."""
    side = step / math.sqrt(3)
    line, place = np.divmod(rows, n)
    x = (place + 0.5) * step + (line % 2) * step / 2
    y = side + line * 1.5 * side
    half = step / 2
    corners = [
        (x, y - side), (x + half, y - side / 2), (x + half, y + side / 2),
        (x, y + side), (x - half, y + side / 2), (x - half, y - side / 2), (x, y - side),
    ]  # fmt: skip
    return _joined("POLYGON ((", _positions(corners), "))")


def _roads(rows: NDArray[np.int64], n: int, step: float) -> pa.Array:
    """Give zigzag lines across the square: those of the first half upright, the others level."""
    upright = rows < n // 2
    across = (rows % (n // 2) + 0.5) * 2 * step
    points = []
    for number in range(n + 1):
        along = np.full(len(rows), number * step)
        aside = across + (number % 2) * step / 2
        points.append((np.where(upright, aside, along), np.where(upright, along, aside)))
    return _joined("LINESTRING (", _positions(points), ")")


def _slanted_points(rows: NDArray[np.int64], n: int, step: float) -> pa.Array:
    """Give points on n parallel slanted lines, n on each."""
    line, place = np.divmod(rows, n)
    x = ((line + place / n) % n) * step
    return _joined("POINT (", _positions([(x, place * step)]), ")")


# Columns of N-Triples


def _block(triples: list[tuple[pa.Array, str, pa.Array]]) -> tuple[bytes, int]:
    """Give the lines of some triples of each feature, those of a feature together."""
    columns = [_joined(s, f" <{p}> ", o, " .\n") for s, p, o in triples]
    count = len(columns[0])
    by_feature = np.arange(count * len(columns)).reshape(len(columns), count).T.ravel()
    lines = pa.concat_arrays(columns).take(pa.array(by_feature))
    return lines.buffers()[2].to_pybytes(), len(lines)


def _joined(*parts: pa.Array | str) -> pa.Array:
    texts = [pa.scalar(p, pa.large_string()) if isinstance(p, str) else p for p in parts]
    return pc.binary_join_element_wise(*texts, pa.scalar("", pa.large_string()))


def _text(values: Any) -> pa.Array:
    return pa.array(values).cast(pa.large_string())


def _same(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.large_string()), count)


def _iri(start: str, numbers: Any) -> pa.Array:
    return _joined(f"<{start}", _text(numbers), ">")


def _wkt_literal(wkt: pa.Array, datatype: str) -> pa.Array:
    return _joined('"', wkt, f'"^^<{datatype}>')


def _positions(points: list[tuple[Any, Any]]) -> pa.Array:
    numbers = [
        pa.array(np.asarray(axis, np.float64)).cast(pa.decimal128(12, 6)).cast(pa.large_string())
        for point in points
        for axis in point
    ]
    pairs = [_joined(x, " ", y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    return pc.binary_join_element_wise(*pairs, pa.scalar(", ", pa.large_string()))
