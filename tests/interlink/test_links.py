"""Links of a rule with their values: equal on both engines, and derivable where reduced."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
import shapely
from sqlglot import exp

from engine.protocol import Engine, Related, WithinDistance
from geosparql.functions.measures import metric_distance
from geosparql.terms import RDF, XSD
from geosparql.triples import TRIPLE_TERM
from geosparql.vocabulary import EGL, GEO, TIME
from interlink.annotations import best_values
from interlink.features import Features
from interlink.links import link_triples
from interlink.pairs import candidate_pairs
from interlink.problems import Problems
from interlink.rules.model import Annotate, Comparison, LinkRule, Score

EX = "http://example.org/"
Row = tuple[str, str, str]

SQUARES = {
    "a": shapely.box(0, 0, 2, 2),
    "b": shapely.box(1, 1, 3, 3),
    "c": shapely.box(0.5, 0.5, 1, 1),
    "d": shapely.box(2, 0, 4, 2),
    "e": shapely.box(0, 0, 2, 2),
}
SF = Related(
    ("sf_equals", "sf_intersects", "sf_touches", "sf_crosses", "sf_within", "sf_contains",
     "sf_overlaps"), with_matrix=True,
)  # fmt: skip


def feature_set(
    engine: Engine,
    shapes: Sequence[tuple[str, shapely.Geometry]],
    names: Sequence[list[str] | None] = (),
    times: Sequence[tuple[float | None, float | None]] = (),
) -> Features:
    rows = len(shapes)
    column = np.array([shape for _, shape in shapes], dtype=object)
    table = pa.table(
        {
            "id": pa.array(range(1, rows + 1), pa.int64()),
            "feature": [EX + name for name, _ in shapes],
            "geometry": pa.array(shapely.to_wkb(column, include_srid=True), pa.binary()),
            "attribute_0": pa.array(list(names) or [None] * rows, pa.list_(pa.string())),
            "start": pa.array([t[0] for t in times] or [None] * rows, pa.float64()),
            "end": pa.array([t[1] for t in times] or [None] * rows, pa.float64()),
        }
    )
    distinct = len({name for name, _ in shapes})
    relation = engine.relation(table)
    problems = Problems("left", relation, {})
    several = rows - distinct
    return Features(relation, ("name",), distinct, rows, distinct, several, (), problems)


def links(
    engine: Engine,
    rule: LinkRule,
    sides: tuple[Features, Features],
    *,
    annotate: Annotate = "none",
    itself: bool = False,
) -> list[tuple]:
    pairs = candidate_pairs(engine, rule, sides)
    found = link_triples(engine, rule, pairs, sides, annotate=annotate, itself=itself)
    best = exp.select("subject", "predicate", "object", "datatype", "graph")
    with engine.run(best.from_(best_values(found).subquery("best"))) as reader:
        return sorted({tuple(row.values()) for row in reader.read_all().to_pylist()}, key=str)


def short(rows: list[tuple]) -> set[Row]:
    return {(s.removeprefix(EX), p.removeprefix(GEO), o.removeprefix(EX)) for s, p, o, *_ in rows}


def squares(engine: Engine) -> Features:
    return feature_set(engine, list(SQUARES.items()))


def test_symmetric_links_may_be_said_once(engine: Engine) -> None:
    side = squares(engine)
    rule = LinkRule("r", SF)
    both = short(links(engine, rule, (side, side), itself=True))
    once = short(links(engine, replace(rule, symmetric="once"), (side, side), itself=True))
    symmetric = {row for row in both if row[1] not in ("sfWithin", "sfContains")}
    assert {(o, p, s) for s, p, o in symmetric} == symmetric
    assert once == {row for row in both if row not in symmetric or row[0] < row[2]}


def test_reduced_links_say_all_the_same(engine: Engine) -> None:
    side = squares(engine)
    rule = LinkRule("r", SF)
    full = short(links(engine, rule, (side, side), itself=True))
    kept = short(links(engine, replace(rule, reduce=True), (side, side), itself=True))
    follows = {
        "sfEquals": ("sfWithin", "sfContains"),
        **dict.fromkeys(("sfWithin", "sfContains", "sfTouches", "sfOverlaps"), ("sfIntersects",)),
    }
    derived = set(kept)
    for _ in follows:
        derived |= {(s, more, o) for s, p, o in derived for more in follows.get(p, ())}
    assert len(kept) < len(full)
    assert derived == full


def test_values_stand_with_links_in_either_direction(engine: Engine) -> None:
    side = feature_set(engine, [("a", SQUARES["a"])]), feature_set(engine, [("c", SQUARES["c"])])
    values = ("share_left", "share_right", "iou")
    rule = LinkRule("r", Related(("sf_contains",), True), inverse=True, matrix=True, values=values)
    found = links(engine, rule, side, annotate="star")
    said = {(s, p.removeprefix(EGL)): o for s, p, o, *_ in found}
    there = f"<< <{EX}a> <{GEO}sfContains> <{EX}c> >>"
    back = f"<< <{EX}c> <{GEO}sfWithin> <{EX}a> >>"
    assert said[there, "de9im"] == "212FF1FF2"
    assert said[back, "de9im"] == "2FF1FF212"
    assert said[there, "shareOfObject"] == said[back, "shareOfSubject"] == "1.0"
    assert float(said[there, "shareOfSubject"]) == pytest.approx(1 / 16, rel=1e-3)
    assert said[there, "shareOfSubject"] == said[back, "shareOfObject"]
    assert said[there, "intersectionOverUnion"] == said[back, "intersectionOverUnion"]


def test_triple_terms_and_link_resources(engine: Engine) -> None:
    side = (
        feature_set(engine, [("a", shapely.Point(0, 0))]),
        feature_set(engine, [("b", shapely.Point(0, 0.001))]),
    )
    rule = LinkRule("r", WithinDistance(200.0), predicate=EX + "near", values=("distance_m",))
    rule = replace(rule, graph=EX + "g")
    link = (EX + "a", EX + "near", EX + "b", None, EX + "g")
    expected_m = metric_distance(*(np.array([shapely.Point(0, y)]) for y in (0, 0.001)))
    terms = links(engine, rule, side, annotate="triple_term")
    assert link in terms
    [(node, _, term, datatype, _)] = [row for row in terms if row[1] == RDF + "reifies"]
    assert UUID(node).version == 5
    assert node == UUID(node).urn
    assert (term, datatype) == (f"<<( <{EX}a> <{EX}near> <{EX}b> )>>", TRIPLE_TERM)
    [value] = [row for row in terms if row[1] == EGL + "distanceInMetres"]
    assert value[0] == node
    assert value[3:] == (XSD + "double", EX + "g")
    assert float(value[2]) == pytest.approx(expected_m.values[0].as_py(), abs=1e-6)
    resources = links(engine, rule, side, annotate="resource")
    parts = {(p, o) for s, p, o, *_ in resources if s == node}
    assert parts == {
        (RDF + "type", RDF + "Statement"),
        (RDF + "subject", EX + "a"),
        (RDF + "predicate", EX + "near"),
        (RDF + "object", EX + "b"),
        value[1:3],
    }


def test_features_with_several_geometries_have_the_best_values(engine: Engine) -> None:
    left = feature_set(engine, [("a", shapely.Point(0, 0)), ("a", shapely.Point(0, 0.002))])
    right = feature_set(engine, [("b", shapely.Point(0, 0.003)), ("c", shapely.Point(0, 0.001))])
    rule = LinkRule("r", WithinDistance(500.0), predicate=EX + "near", values=("distance_m",))
    found = links(engine, rule, (left, right), annotate="star")
    distances = [float(row[2]) for row in found if row[1] == EGL + "distanceInMetres"]
    assert distances == pytest.approx([110.57] * 2, abs=0.01)


def test_scores_of_names_and_distance(engine: Engine) -> None:
    left = feature_set(
        engine,
        [("a", shapely.Point(0, 0)), ("b", shapely.Point(0, 0.001)), ("n", shapely.Point(0, 0))],
        [["Hotel Adler"], ["Post"], None],
    )
    right = feature_set(
        engine, [("x", shapely.Point(0, 0)), ("y", shapely.Point(0, 0.001))],
        [["Adler (Hotel)", "Zum Adler"], ["Bank"]],
    )  # fmt: skip
    name = Comparison("token_sort", "name", "name", 0.5, missing="zero")
    near = Comparison("distance", weight=0.5, options=(("max_m", 250.0),))
    same = "http://www.w3.org/2002/07/owl#sameAs"
    rule = LinkRule(
        "r", WithinDistance(250.0), score=Score((name, near), 0.8), predicate=same,
        inverse=True, values=("score", "distance_m"),
    )  # fmt: skip
    found = links(engine, rule, (left, right), annotate="star")
    assert {row[:3] for row in found if row[1] == same} == {
        (EX + "a", same, EX + "x"),
        (EX + "x", same, EX + "a"),
    }
    assert {row[2] for row in found if row[1] == EGL + "score"} == {"1.0"}
    assert {row[2] for row in found if row[1] == EGL + "distanceInMetres"} == {"0.0"}


def test_space_and_time_together(engine: Engine) -> None:
    left = feature_set(
        engine, [("a", SQUARES["a"]), ("b", SQUARES["a"])], times=[(0, 5), (8, None)]
    )
    right = feature_set(engine, [("x", SQUARES["b"]), ("y", SQUARES["b"])], times=[(5, 8), (9, 9)])
    rule = LinkRule("r", Related(("sf_overlaps",), True), time=("meets", "contains"))
    assert short(links(engine, rule, (left, right))) == {
        ("a", "sfOverlaps", "x"),
        ("b", "sfOverlaps", "y"),
    }


def test_time_alone(engine: Engine) -> None:
    side = feature_set(
        engine, [(name, SQUARES["a"]) for name in "abcd"],
        times=[(0, 5), (5, 8), (0, 5), (None, None)],
    )  # fmt: skip
    rule = LinkRule("r", None, time=("meets", "equals"), inverse=True, symmetric="once")
    found = links(engine, rule, (side, side), itself=True)
    assert {(s[-1], p.removeprefix(TIME), o[-1]) for s, p, o, *_ in found} == {
        ("a", "intervalMeets", "b"),
        ("c", "intervalMeets", "b"),
        ("b", "intervalMetBy", "a"),
        ("b", "intervalMetBy", "c"),
        ("a", "intervalEquals", "c"),
        ("c", "intervalEquals", "a"),
    }
    near = replace(rule, predicate=EX + "at", time=("meets",), inverse=False)
    assert short(links(engine, near, (side, side), itself=True)) == {
        ("a", EX + "at", "b"),
        ("c", EX + "at", "b"),
    }
