"""Links on either engine are those that brute force finds."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import shapely

from engine.protocol import Engine
from geosparql.relations import RELATION_BY_NAME
from geosparql.vocabulary import GEO
from interlink.discover import discover
from interlink.rules.tables import FAMILIES

EX = "http://example.org/"
WKT = f"^^<{GEO}wktLiteral>"

LEFT = {
    "square": shapely.box(0, 0, 2, 2),
    "same": shapely.box(0, 0, 2, 2),
    "neighbour": shapely.box(2, 0, 4, 2),
    "corner": shapely.box(2, 2, 3, 3),
    "inner": shapely.box(0.5, 0.5, 1, 1),
    "edge": shapely.box(0, 0, 1, 1),
    "far": shapely.box(40, 40, 41, 41),
    "bowtie": shapely.from_wkt("POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))"),
    "empty": shapely.from_wkt("POLYGON EMPTY"),
    "line": shapely.from_wkt("LINESTRING(-1 1, 5 1)"),
    "point": shapely.Point(1, 1),
}


def triples(features: dict[str, shapely.Geometry], *, extra: str = "") -> str:
    lines = [
        f'<{EX}{name}> <{GEO}hasGeometry> _:{name} .\n_:{name} <{GEO}asWKT> "{shape.wkt}"{WKT} .'
        for name, shape in features.items()
    ]
    return "\n".join(lines) + "\n" + extra


def rule_file(folder: Path, link: str, *, right: bool = False) -> Path:
    path = folder / "rules.toml"
    other = '[right]\nfiles = ["right.nt"]\n' if right else ""
    path.write_text(f'[left]\nfiles = ["left.nt"]\n{other}\n[[link]]\n{link}\n')
    return path


def found(engine: Engine, rules: Path) -> set[tuple[str, str, str]]:
    output = rules.parent / "links.nt"
    discover(rules, engine=engine, output=output)
    lines = output.read_text().splitlines()
    assert len(lines) == len(set(lines))
    parts = (line.removesuffix(" .").replace("<", "").replace(">", "").split() for line in lines)
    return {(s.removeprefix(EX), p.removeprefix(GEO), o.removeprefix(EX)) for s, p, o in parts}


def brute_force(relation: str) -> set[tuple[str, str, str]]:
    from geosparql.relations import holds

    local_name = RELATION_BY_NAME[relation].local_name
    shapes = {name: shapely.make_valid(shape) for name, shape in LEFT.items()}
    pairs = [
        (a, b)
        for a, b in product(shapes, shapes)
        if a != b and not shapes[a].is_empty and not shapes[b].is_empty
    ]
    matrices = np.array([shapely.relate(shapes[a], shapes[b]) for a, b in pairs], dtype=object)
    dims = [shapely.get_dimensions([shapes[pair[side]] for pair in pairs]) for side in (0, 1)]
    held = holds(matrices, *dims, relation)
    return {(a, local_name, b) for (a, b), holds_ in zip(pairs, held, strict=True) if holds_}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_relation_of_a_family_equals_brute_force(
    engine: Engine, tmp_path: Path, family: str
) -> None:
    (tmp_path / "left.nt").write_text(triples(LEFT))
    expected = set().union(*(brute_force(name) for name in FAMILIES[family]))
    assert found(engine, rule_file(tmp_path, f'relations = "{family}"')) == expected


def test_inverse_links(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "left.nt").write_text(triples({"inner": LEFT["inner"]}))
    (tmp_path / "right.nt").write_text(triples({"square": LEFT["square"]}))
    rules = rule_file(tmp_path, 'relations = ["sf_within"]\ninverse = true', right=True)
    assert found(engine, rules) == {
        ("inner", "sfWithin", "square"),
        ("square", "sfContains", "inner"),
    }


def test_within_metres_is_geodesic(engine: Engine, tmp_path: Path) -> None:
    # One degree of longitude is 111 km at the equator, 38 km at 70 degrees north.
    (tmp_path / "left.nt").write_text(
        triples({"equator": shapely.Point(0, 0), "north": shapely.Point(0, 70)})
    )
    (tmp_path / "right.nt").write_text(
        triples({"equator2": shapely.Point(1, 0), "north2": shapely.Point(1, 70)})
    )
    rules = rule_file(tmp_path, f'within_m = 50000\npredicate = "{EX}near"', right=True)
    assert found(engine, rules) == {("north", EX + "near", "north2")}


def test_default_geometry_wins_and_several_geometries_link_once(
    engine: Engine, tmp_path: Path
) -> None:
    extra = "".join(
        f'<{EX}two> <{GEO}{link}> _:{node} .\n_:{node} <{GEO}asWKT> "{wkt}"{WKT} .\n'
        for link, node, wkt in (
            ("hasGeometry", "t1", "POINT(0.5 0.5)"),
            ("hasGeometry", "t2", "POINT(0.6 0.6)"),
        )
    )
    extra += "".join(
        f'<{EX}default> <{GEO}{link}> _:{node} .\n_:{node} <{GEO}asWKT> "{wkt}"{WKT} .\n'
        for link, node, wkt in (
            ("hasDefaultGeometry", "d1", "POINT(30 30)"),
            ("hasGeometry", "d2", "POINT(0.5 0.5)"),
        )
    )
    (tmp_path / "left.nt").write_text(extra)
    (tmp_path / "right.nt").write_text(triples({"square": LEFT["square"]}))
    rules = rule_file(tmp_path, 'relations = ["sf_intersects"]', right=True)
    assert found(engine, rules) == {("two", "sfIntersects", "square")}


def test_filters_choose_features(engine: Engine, tmp_path: Path) -> None:
    rdf_type = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    extra = (
        f'<{EX}square> <{rdf_type}> <{EX}Field> .\n<{EX}square> <{EX}day> "3" .\n'
        f'<{EX}edge> <{rdf_type}> <{EX}Field> .\n<{EX}edge> <{EX}day> "4" .\n'
    )
    (tmp_path / "left.nt").write_text(triples(LEFT, extra=extra))
    (tmp_path / "right.nt").write_text(triples({"p": shapely.Point(0.7, 0.7)}))
    path = rule_file(tmp_path, 'relations = ["sf_contains"]', right=True)
    chosen = f'class = "{EX}Field"\nwhere = {{ "{EX}day" = "3" }}\n\n[right]'
    path.write_text(path.read_text().replace("[right]", chosen))
    assert found(engine, path) == {("square", "sfContains", "p")}


def test_report_counts_what_cannot_be_read(engine: Engine, tmp_path: Path) -> None:
    broken = f'<{EX}broken> <{GEO}asWKT> "POINT(1 "{WKT} .\n'
    (tmp_path / "left.nt").write_text(triples({"a": shapely.box(0, 0, 1, 1)}, extra=broken))
    (tmp_path / "right.nt").write_text(triples({"b": shapely.box(0, 0, 1, 1)}))
    rules = rule_file(tmp_path, 'relations = "sf"', right=True)
    report = discover(rules, engine=engine, output=None)
    assert (report.left_features, report.right_features) == (2, 1)
    assert report.problem_geometries == {"unreadable": 1}
    (problem,) = report.problems
    assert (problem.side, problem.feature) == ("left", EX + "broken")
    assert "character 9" in str(problem)
    assert report.links_by_predicate == {
        GEO + name: 1 for name in ("sfContains", "sfEquals", "sfIntersects", "sfWithin")
    }


def test_parquet_and_named_graph(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "left.nt").write_text(triples({"inner": LEFT["inner"]}))
    (tmp_path / "right.nt").write_text(triples({"square": LEFT["square"]}))
    link = f'relations = ["sf_within"]\ngraph = "{EX}links"'
    rules = rule_file(tmp_path, link, right=True)
    discover(rules, engine=engine, output=tmp_path / "links.nq")
    assert (tmp_path / "links.nq").read_text().strip().endswith(f"<{EX}links> .")
    discover(rules, engine=engine, output=tmp_path / "links")
    again = discover(
        rules, engine=engine, output=None, sets={"left": [tmp_path / "links", tmp_path / "left.nt"]}
    )
    assert again.links == 1


def test_time_alone_needs_no_geometry(engine: Engine, tmp_path: Path) -> None:
    # Events of one register within the terms of another; one has a place, one is of another class
    rdf_type = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    date = "^^<http://www.w3.org/2001/XMLSchema#date>"
    times = {"e1": "2020-03-01", "e2": "2021-03-01", "e3": "2020-05-01", "e4": "2020-06-01"}
    lines = [f'<{EX}{name}> <{EX}on> "{day}"{date} .' for name, day in times.items()]
    lines += [f"<{EX}{name}> <{rdf_type}> <{EX}Event> ." for name in ("e1", "e2", "e4")]
    lines += [f'_:x <{EX}on> "2020-03-01"{date} .', f"_:x <{rdf_type}> <{EX}Event> ."]
    (tmp_path / "left.nt").write_text("\n".join(lines) + "\n" + triples({"e4": LEFT["point"]}))
    (tmp_path / "right.nt").write_text(
        f'<{EX}t> <{EX}from> "2020-01-01"{date} .\n<{EX}t> <{EX}to> "2020-12-31"{date} .\n'
    )
    (tmp_path / "rules.toml").write_text(
        f'[left]\nfiles = ["left.nt"]\nclass = "{EX}Event"\ntime = {{ at = "{EX}on" }}\n'
        f'[right]\nfiles = ["right.nt"]\ntime = {{ start = "{EX}from", end = "{EX}to" }}\n'
        f'[[link]]\ntime = "during"\npredicate = "{EX}in"\n'
    )
    assert found(engine, tmp_path / "rules.toml") == {
        ("e1", EX + "in", "t"),
        ("e4", EX + "in", "t"),
    }
