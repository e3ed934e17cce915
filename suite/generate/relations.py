"""Geometry Topology: relate and the 24 relations as functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from suite.generate.de9im import RELATIONS, Relation
from suite.generate.forms import FLAT_FORMS, FORMS, UTM_33, WEB_MERCATOR, wkt
from suite.generate.model import REQ_10, Entry, Reading, Row, boolean, function_table, text
from suite.generate.shapes import SHAPES

_REQUIREMENT = REQ_10 + "geometry-topology-extension/"
_Pair = tuple[str, str]
_MOST_IN_DISPUTE = 12
_TRUE_AT_LEAST = 2


def entries() -> Iterator[Entry]:
    """Give every entry of the class."""
    pairs = _chosen_pairs()
    for relation in RELATIONS:
        yield _relation(relation, pairs)
        yield from _readings(relation)
    yield _relate()


def requirement_of(relation: Relation) -> str:
    """Give the IRI of the requirement for the family of a relation."""
    return f"{_REQUIREMENT}{relation.family}-query-functions"


def _relation(relation: Relation, pairs: list[_Pair]) -> Entry:
    rows = [
        Row(f"{a} / {b}", (wkt(SHAPES[a]), wkt(SHAPES[b])), boolean(value))
        for a, b in pairs
        if (value := _agreed(relation, (a, b))) is not None
    ]
    rows += [*_in_forms(relation), *_in_two_systems(relation), *_with_empty(relation)]
    return function_table(
        relation.name, relation.name,
        f"geof:{relation.name} for every pair of geometry types, for every literal type, with "
        "heights, across coordinate reference systems and with empty geometries. "
        "Truth: the DE-9IM matrix of GEOS under the pattern of the standard.",
        rows, variables="a b", requirement=requirement_of(relation),
    )  # fmt: skip


def _agreed(relation: Relation, pair: _Pair) -> bool | None:
    """Give the truth value in which all readings agree; None where they do not."""
    values = set(relation.values(*(SHAPES[name] for name in pair)).values())
    return values.pop() if len(values) == 1 else None


def _chosen_pairs() -> list[_Pair]:
    """Choose pairs: first so that each relation holds often enough, then every pair of types."""
    pairs = [(a, b) for a in SHAPES for b in SHAPES]
    chosen: dict[_Pair, None] = {}
    for relation in RELATIONS:
        true = [pair for pair in pairs if _agreed(relation, pair)]
        missing = _TRUE_AT_LEAST - sum(pair in chosen for pair in true)
        fresh = sorted((p for p in true if p not in chosen), key=_rarity(chosen))
        chosen |= dict.fromkeys(fresh[: max(missing, 0)])
    for pair in pairs:
        if _type_pair(pair) not in set(map(_type_pair, chosen)):
            chosen[pair] = None
    return list(chosen)


def _rarity(chosen: dict[_Pair, None]) -> Callable[[_Pair], int]:
    counts = Counter(map(_type_pair, chosen))
    return lambda pair: counts[_type_pair(pair)]


def _type_pair(pair: _Pair) -> _Pair:
    a, b = (SHAPES[name].geom_type for name in pair)
    return a, b


def _in_forms(relation: Relation) -> Iterator[Row]:
    """One pair that is so related and one that is not, in every form; the forms mixed too."""
    for value in (True, False):
        a, b = next(p for p in _plain_pairs() if _agreed(relation, p) is value)
        forms = FORMS[1:] if value else FLAT_FORMS[2:]
        for first, second in [*zip(forms, forms, strict=True), (FORMS[3], FORMS[5])]:
            name = first.name if first is second else f"{first.name} and {second.name}"
            yield Row(
                f"{name}: {a} / {b}",
                (first.write(SHAPES[a]), second.write(SHAPES[b])),
                boolean(value),
            )


def _plain_pairs() -> list[_Pair]:
    """Give the pairs of two different shapes that every serialization has, areas first."""
    plain = [
        name for name in SHAPES if SHAPES[name].geom_type in ("Point", "LineString", "Polygon")
    ]
    pairs = [(a, b) for a in reversed(plain) for b in reversed(plain) if a != b]
    return sorted(pairs, key=lambda pair: -sum(SHAPES[name].area > 0 for name in pair))


_ROBUST = (
    ("point inside", "square"), ("square", "point inside"), ("square", "small square inside"),
    ("small square inside", "square"), ("square", "square shifted"), ("line across", "square"),
    ("line across", "line inside"), ("square", "square far away"),
)  # fmt: skip
"""Pairs whose relation does not change when coordinates move by a millimetre."""


def _in_two_systems(relation: Relation) -> Iterator[Row]:
    """Give robust pairs with the second geometry in another coordinate reference system."""
    for place, (a, b) in enumerate(_ROBUST):
        crs = (WEB_MERCATOR, UTM_33)[place % 2]
        value = _agreed(relation, (a, b))
        if value is None:
            continue
        yield Row(
            f"CRS84 and {crs.rpartition('/')[2]}: {a} / {b}",
            (wkt(_near_utm(SHAPES[a])), wkt(projected(_near_utm(SHAPES[b]), crs), crs)),
            boolean(value),
        )


def _near_utm(shape: BaseGeometry) -> BaseGeometry:
    """Move a shape to where UTM zone 33 is at home, a hundredth of its size."""
    return shapely.transform(shape, lambda xy: xy / 100 + (15.0, 50.0))


def projected(shape: BaseGeometry, crs: str) -> BaseGeometry:
    """Project longitudes and latitudes."""
    transformer = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{crs.rpartition('/')[2]}",
                                              always_xy=True)  # fmt: skip
    moved = shapely.transform(shape, lambda xy: np.column_stack(transformer.transform(*xy.T)))
    return shapely.set_precision(moved, 0.01)


def _with_empty(relation: Relation) -> Iterator[Row]:
    """Give empty geometries: by the patterns disjoint from everything, and nothing else."""
    square = SHAPES["square"]
    for name, a, b in (
        ("POINT EMPTY / square", "POINT EMPTY", square),
        ("square / POLYGON EMPTY", square, "POLYGON EMPTY"),
        ("empty literal / square", "", square),
    ):
        expected = relation.name in ("sfDisjoint", "ehDisjoint")
        yield Row(name, (wkt(a), wkt(b)), boolean(expected))


def _readings(relation: Relation) -> Iterator[Entry]:
    """Give the pairs in dispute, once for each reading."""
    pairs = [(a, b) for a in SHAPES for b in SHAPES if _agreed(relation, (a, b)) is None]
    step = max(1, len(pairs) // _MOST_IN_DISPUTE)
    told_apart = pairs[::step][:_MOST_IN_DISPUTE]
    found: set[tuple[bool, ...]] = set()
    for number, answer in enumerate(relation.readings, 1):
        values = [relation.values(SHAPES[a], SHAPES[b])[answer] for a, b in told_apart]
        if not told_apart or tuple(values) in found:
            continue
        found.add(tuple(values))
        yield function_table(
            relation.name, f"{relation.name}-reading-{number}",
            f"{relation.question}: {answer}.",
            [
                Row(f"{a} / {b}", (wkt(SHAPES[a]), wkt(SHAPES[b])), boolean(value))
                for (a, b), value in zip(told_apart, values, strict=True)
            ],
            variables="a b", requirement=requirement_of(relation),
            reading=Reading(relation.question, answer),
        )  # fmt: skip


def _relate() -> Entry:
    square = SHAPES["square"]
    rows = []
    for name in ("square", "square shifted", "square beside", "small square inside",
                 "line across", "point on the edge", "square far away"):  # fmt: skip
        matrix = shapely.relate(square, SHAPES[name])
        for pattern in (matrix, "T*T***T**", "FF*FF****", "T*****FF*"):
            value = shapely.relate_pattern(square, SHAPES[name], pattern)
            rows.append(
                Row(
                    f"square / {name}: {pattern}",
                    (wkt(square), wkt(SHAPES[name]), text(pattern)),
                    boolean(bool(value)),
                )
            )
    for form in FORMS:
        arguments = (form.write(square), form.write(SHAPES["square beside"]))
        rows.append(Row(f"{form.name}: T********", (*arguments, '"T********"'), boolean(False)))
        rows.append(Row(f"{form.name}: ****1****", (*arguments, '"****1****"'), boolean(True)))
    rows += [
        Row(f"no pattern: {wrong!r}", (wkt(square), wkt(square), text(wrong)), None)
        for wrong in ("T*F", "XXXXXXXXX", "")
    ]
    return function_table(
        "relate", "relate",
        "geof:relate against DE-9IM patterns; what is no pattern is an error. Truth: GEOS.",
        rows, variables="a b pattern", requirement=_REQUIREMENT + "relate-query-function",
    )  # fmt: skip
