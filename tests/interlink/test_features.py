"""What a feature set is made of: geometries, attributes, times, and what is done with bad ones."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from engine.protocol import Engine
from geosparql.errors import RuleError, SourceError
from geosparql.vocabulary import GEO
from interlink.discover import discover
from interlink.features import Features, read_features
from interlink.rules.read import read_rules
from interlink.sides import Reading

EX = "http://example.org/"
WKT = f"^^<{GEO}wktLiteral>"
BOWTIE = "POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))"
SPIKE = "POLYGON((0 0, 1 0, 0 0))"


def feature(name: str, *shapes: str, said: str = "") -> str:
    """Give a feature with geometries, and further statements about it."""
    lines = [
        f'<{EX}{name}> <{GEO}hasGeometry> _:{name}{n} .\n_:{name}{n} <{GEO}asWKT> "{shape}"{WKT} .'
        for n, shape in enumerate(shapes)
    ]
    return "\n".join([*lines, said.replace("SELF", f"<{EX}{name}>")]) + "\n"


def read(engine: Engine, folder: Path, text: str, keys: str = "") -> Features:
    (folder / "left.nt").write_text(text)
    path = folder / "rules.toml"
    path.write_text(
        f'[prefixes]\nex = "{EX}"\n[left]\nfiles = ["left.nt"]\n{keys}\n'
        '[[link]]\nrelations = "sf"\n'
    )
    return read_features(engine, read_rules(path).left)


def rows(engine: Engine, found: Features, *columns: str) -> list[tuple[Any, ...]]:
    """Give columns of a set in the order of its ids; features without what all begin with."""
    with engine.run(found.relation.select("id", "feature", *columns)) as reader:
        table = sorted(reader.read_all().to_pylist(), key=lambda row: row["id"])
    return [
        (row["feature"].removeprefix(EX), *(_plain(row[name]) for name in columns)) for row in table
    ]


def _plain(value: Any) -> Any:
    return shapely.from_wkb(value).wkt if isinstance(value, bytes | bytearray) else value


def problems(found: Features) -> list[tuple[str, str]]:
    return [(row.feature.removeprefix(EX), row.problem) for row in found.problems.listed]


def test_attributes_stand_at_the_end_of_paths(engine: Engine, tmp_path: Path) -> None:
    text = (
        feature("a", "POINT(1 1)", said=f'SELF <{EX}name> "A" .\nSELF <{EX}name> "Alpha"@en .')
        + feature("b", "POINT(2 2)", said=f"<{EX}o> <{EX}owns> SELF .")
        + feature("c", "POINT(3 3)", said=f'SELF <{EX}alias> "C" .')
        + f'<{EX}o> <{EX}name> "Owner" .\n<{EX}o> <{EX}height> "7"^^<{EX}m> .\n'
    )
    keys = """
    [left.attributes]
    name = "ex:name|ex:alias"
    owner = "^ex:owns/ex:name"
    high = "^ex:owns/ex:height"
    none = "ex:nothing"
    """
    found = read(engine, tmp_path, text, keys)
    columns = [found.attribute_column(name) for name in ("name", "owner", "high", "none")]
    assert rows(engine, found, *columns) == [
        ("a", ["A", "Alpha"], None, None, None),
        ("b", None, ["Owner"], ["7"], None),
        ("c", ["C"], None, None, None),
    ]


def test_times_are_seconds(engine: Engine, tmp_path: Path) -> None:
    text = (
        feature("a", "POINT(1 1)", said=f'SELF <{EX}day> "1970-01-02" .')
        + feature("b", "POINT(2 2)", said=f'SELF <{EX}day> "1970-01-01T00:00:01Z" .')
        + feature("c", "POINT(3 3)")
    )
    found = read(engine, tmp_path, text, 'time = { at = "ex:day" }')
    assert rows(engine, found, "start", "end") == [
        ("a", 86400.0, 172800.0), ("b", 1.0, 1.0), ("c", None, None),
    ]  # fmt: skip


def test_where_takes_paths_and_several_values(engine: Engine, tmp_path: Path) -> None:
    text = "".join(
        feature(name, "POINT(1 1)", said=f"SELF <{EX}in> <{EX}in{name}> .") for name in "abc"
    ) + "".join(f'<{EX}in{name}> <{EX}kind> "{name}" .\n' for name in "abc")
    found = read(engine, tmp_path, text, 'where = { "ex:in/ex:kind" = ["a", "c", "z"] }')
    assert rows(engine, found) == [("a",), ("c",)]


def test_all_geometries_or_the_default_one(engine: Engine, tmp_path: Path) -> None:
    default = (
        f'SELF <{GEO}hasDefaultGeometry> _:d .\n_:d <{GEO}asWKT> "POINT(9 9)"{WKT} .\n'
        f"SELF <{GEO}hasGeometry> _:d ."
    )
    text = feature("a", "POINT(1 1)", "POINT(2 2)", said=default)
    one = read(engine, tmp_path, text)
    assert rows(engine, one, "geometry") == [("a", "POINT (9 9)")]
    assert (one.features, one.geometries, one.several) == (1, 1, 0)
    every = read(engine, tmp_path, text, 'geometries = "all"')
    assert len(rows(engine, every)) == 3
    assert (every.features, every.geometries, every.several) == (1, 3, 1)


def test_a_feature_said_twice_is_one(engine: Engine, tmp_path: Path) -> None:
    again = feature("a", "POINT(1 1)").replace("_:a0", "_:b0")
    found = read(engine, tmp_path, feature("a", "POINT(1 1)") + again)
    assert (found.features, found.geometries) == (1, 1)


@pytest.mark.parametrize(
    ("choice", "kept", "listed"),
    [
        (
            "repair",
            ["a", "bowtie", "spike"],
            [("bowtie", "repaired"), ("empty", "empty"), ("spike", "repaired")],
        ),
        ("skip", ["a"], [("bowtie", "invalid"), ("empty", "empty"), ("spike", "invalid")]),
        ("keep", ["a", "bowtie", "spike"], [("empty", "empty")]),
    ],
)
def test_invalid_geometries_by_choice(
    engine: Engine, tmp_path: Path, choice: str, kept: list[str], listed: list[tuple[str, str]]
) -> None:
    text = "".join(
        feature(name, shape)
        for name, shape in {
            "a": "POLYGON((0 0, 1 0, 1 1, 0 0))",
            "bowtie": BOWTIE,
            "spike": SPIKE,
            "empty": "POLYGON EMPTY",
        }.items()
    )
    found = read(engine, tmp_path, text, f'invalid = "{choice}"')
    assert [name for name, *_ in rows(engine, found)] == kept
    assert problems(found) == listed
    assert found.features == 4
    if choice == "repair":
        shapes = [shapely.from_wkt(shape) for _, shape in rows(engine, found, "geometry")]
        assert [shape.is_valid for shape in shapes] == [True] * 3
        assert shapely.equals(shapes[1], shapely.make_valid(shapely.from_wkt(BOWTIE)))
        assert shapes[2].geom_type == "LineString"
        assert "Self-intersection" in str(found.problems.listed[0])


def test_an_invalid_geometry_may_be_an_error(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"\[left\]: 1 geometries .*Self-inter.*example.org/b"):
        read(engine, tmp_path, feature("b", BOWTIE), 'invalid = "error"')


def test_unreadable_geometries_are_listed_with_the_reason(engine: Engine, tmp_path: Path) -> None:
    unknown = "<http://www.opengis.net/def/crs/EPSG/0/999999> POINT(1 1)"
    text = feature("a", "POINT(1 1)") + feature("b", "POINT(1 ") + feature("c", unknown)
    found = read(engine, tmp_path, text)
    assert rows(engine, found) == [("a",)]
    assert problems(found) == [("b", "unreadable"), ("c", "unreadable")]
    first, second = (str(row) for row in found.problems.listed)
    assert "character 9" in first
    assert "999999" in second


def test_blank_nodes_have_no_name_for_a_link(engine: Engine, tmp_path: Path) -> None:
    found = read(
        engine, tmp_path, feature("a", "POINT(1 1)") + f'_:b <{GEO}asWKT> "POINT(1 1)"{WKT} .'
    )
    assert rows(engine, found) == [("a",)]
    assert problems(found) == [("_:f0.b", "unnamed")]


def test_a_crs_may_be_stated_for_what_states_none(engine: Engine, tmp_path: Path) -> None:
    stated = "<http://www.opengis.net/def/crs/EPSG/0/3413> POINT(5 6)"
    text = feature("a", "POINT(70 10)") + feature("b", stated)
    iri = "http://www.opengis.net/def/crs/EPSG/0"
    found = read(engine, tmp_path, text, f'crs = "{iri}/4326"')
    with engine.run(found.relation.select("geometry")) as reader:
        shapes = shapely.from_wkb(reader.read_all().column("geometry").to_pylist())
    # Latitude comes first in EPSG:4326, and x is longitude here
    assert sorted((shapely.get_srid(s), s.x, s.y) for s in shapes) == [
        (3413, 5.0, 6.0), (4326, 10.0, 70.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        ("[0, 0, 5, 5]", ["a", "broken", "wide"]),
        ("[4, 4, 5, 5]", ["broken", "wide"]),
        ("[170, -90, -170, 0]", ["broken", "far"]),
    ],
)
def test_a_box_chooses_features(engine: Engine, tmp_path: Path, box: str, kept: list[str]) -> None:
    text = (
        feature("a", "POINT(1 1)")
        + feature("wide", "LINESTRING(-3 4, 9 5)")
        + feature("far", "POINT(-175 -20)")
        + feature("broken", "POINT(")
    )
    found = read(engine, tmp_path, text, f"box = {box}")
    names = [name for name, *_ in rows(engine, found)] + [name for name, _ in problems(found)]
    assert sorted(names) == kept


def links(
    engine: Engine, folder: Path, left: str, right: str | None, rules: str, keys: str = ""
) -> list[tuple[str, ...]]:
    (folder / "left.nt").write_text(left)
    (folder / "right.nt").write_text(right or "")
    path = folder / "rules.toml"
    other = '[right]\nfiles = ["right.nt"]\n' if right is not None else ""
    path.write_text(f'[left]\nfiles = ["left.nt"]\n{keys}\n{other}\n[[link]]\n{rules}\n')
    discover(path, engine=engine, output=folder / "links.nt")
    lines = (folder / "links.nt").read_text().splitlines()
    return [
        tuple(term.strip("<>").removeprefix(EX).removeprefix(GEO) for term in line.split()[:3])
        for line in lines
    ]


def test_sets_of_mixed_crs_meet(engine: Engine, tmp_path: Path) -> None:
    pole = "<http://www.opengis.net/def/crs/EPSG/0/3413> POINT(0 0)"
    assert links(
        engine, tmp_path, feature("a", "POINT(-45 89.9)") + feature("b", "POINT(-45 80)"),
        feature("pole", pole), f'within_m = 20000\npredicate = "{EX}near"',
    ) == [("a", "near", "pole")]  # fmt: skip


@pytest.mark.parametrize("right", [None, "left", "copy"])
def test_a_feature_is_never_linked_with_itself(
    engine: Engine, tmp_path: Path, right: str | None
) -> None:
    """Alike for one set, for the same set twice, and for two sets that share IRIs."""
    text = feature("a", "POINT(1 1)", "POINT(1 2)") + feature("b", "POINT(1 2)")
    if right == "left":
        (tmp_path / "rules.toml").write_text(
            '[left]\nfiles = ["left.nt"]\n[right]\nfiles = ["left.nt"]\n'
            '[[link]]\nrelations = ["sf_equals"]\n'
        )
        (tmp_path / "left.nt").write_text(text)
        discover(tmp_path / "rules.toml", engine=engine, output=tmp_path / "links.nt")
        found = [line.split()[0] for line in (tmp_path / "links.nt").read_text().splitlines()]
        assert found == [f"<{EX}a>", f"<{EX}b>"]
    else:
        other = text if right == "copy" else None
        assert links(engine, tmp_path, text, other, 'relations = ["sf_equals"]') == [
            ("a", "sfEquals", "b"), ("b", "sfEquals", "a"),
        ]  # fmt: skip


def test_nearest_counts_other_features(engine: Engine, tmp_path: Path) -> None:
    """Neither a feature itself nor a second geometry of another takes a place."""
    text = (
        feature("a", "POINT(0 0)")
        + feature("b", "POINT(1 0)", "POINT(1.1 0)")
        + feature("c", "POINT(3 0)")
        + feature("d", "POINT(9 0)")
    )
    found = links(engine, tmp_path, text, None, f'nearest = 2\npredicate = "{EX}p"')
    assert sorted((s, o) for s, _, o in found) == [
        ("a", "b"), ("a", "c"), ("b", "a"), ("b", "c"), ("c", "a"), ("c", "b"), ("d", "b"),
        ("d", "c"),
    ]  # fmt: skip


def test_an_empty_set_is_told_and_links_nothing(engine: Engine, tmp_path: Path) -> None:
    from engine.protocol import Control

    (tmp_path / "left.nt").write_text(feature("a", "POINT(0 0)"))
    (tmp_path / "right.nt").write_text("")
    path = tmp_path / "rules.toml"
    path.write_text(
        '[left]\nfiles = ["left.nt"]\n[right]\nfiles = ["right.nt"]\n[[link]]\nrelations = "sf"\n'
    )
    told: list[str] = []
    report = discover(path, engine=engine, output=None, control=Control(warning=told.append))
    assert (report.links, report.right_features) == (0, 0)
    assert told == ["The set right has no feature that can be linked"]


def test_all_problems_are_written(engine: Engine, tmp_path: Path) -> None:
    text = feature("b", "POINT(") + feature("a", BOWTIE)
    (tmp_path / "left.nt").write_text(text)
    path = tmp_path / "rules.toml"
    path.write_text('[left]\nfiles = ["left.nt"]\n[[link]]\nrelations = "sf"\n')
    discover(
        path, engine=engine, output=None, reading=Reading(problems=tmp_path / "problems.jsonl")
    )
    lines = (tmp_path / "problems.jsonl").read_text().splitlines()
    assert [(row["feature"], row["problem"]) for row in map(json.loads, lines)] == [
        (EX + "a", "repaired"), (EX + "b", "unreadable"),
    ]  # fmt: skip


def test_a_store_needs_a_reader(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    path = tmp_path / "rules.toml"
    path.write_text('[left]\nstore = "store"\n[[link]]\nrelations = "sf"\n')
    with pytest.raises(RuleError, match="needs a reader"):
        discover(path, engine=engine, output=None)
