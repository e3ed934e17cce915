"""Geometry Topology: functions over stored geometries, where engines use an index.

What a function says of two constants it must say of two geometries in the data, however
they are serialized, in whichever kind of pattern it stands.
"""

from __future__ import annotations

from collections.abc import Iterator

from suite.generate.accessors import FEATURES
from suite.generate.de9im import RELATIONS, Relation
from suite.generate.forms import FLAT_FORMS, wkt
from suite.generate.model import GEOF, Entry, Json, boolean, iri, literal
from suite.generate.relations import requirement_of
from suite.generate.shapes import SHAPES
from suite.generate.vocabulary import asked, turtle

_NAMES = {
    name.replace(" ", "-").replace(",", ""): name
    for name, shape in SHAPES.items()
    if shape.geom_type in ("Point", "LineString", "Polygon")
}
_SERIALIZATIONS = {"WKT": "asWKT", "GML": "asGML", "GeoJSON": "asGeoJSON", "KML": "asKML"}
_CENTER = "square"


def entries() -> Iterator[Entry]:
    """Give every entry of this kind."""
    data = _data()
    for relation in RELATIONS:
        yield _join(relation, data)
        yield _constant(relation, data)
    yield _in_patterns(data)
    yield from _by_distance(data)


def _data() -> str:
    """Give shapes, each in another serialization."""
    lines = []
    for place, (name, shape) in enumerate(_NAMES.items()):
        form = FLAT_FORMS[place % len(FLAT_FORMS)]
        prop = _SERIALIZATIONS[form.name.split()[0]]
        lines.append(f"ex:{name} geo:{prop} {form.write(SHAPES[shape])} ;")
        lines.append(f"  ex:text {form.write(SHAPES[shape])} .")
    return turtle("\n".join(lines))


def _agreed(relation: Relation, a: str, b: str) -> bool | None:
    values = set(relation.values(SHAPES[_NAMES[a]], SHAPES[_NAMES[b]]).values())
    return values.pop() if len(values) == 1 else None


def _dispute(relation: Relation, filtered: str) -> str:
    """Leave out the pairs about which the readings of a relation differ."""
    pairs = [(a, b) for a in _NAMES for b in _NAMES if _agreed(relation, a, b) is None]
    if not pairs:
        return filtered
    rows = " ".join(f"( ex:{a} ex:{b} )" for a, b in pairs)
    return f"{filtered}\n  MINUS {{ VALUES ( ?a ?b ) {{ {rows} }} }}"


def _join(relation: Relation, data: str) -> Entry:
    rows = [_pair(a, b) for a in _NAMES for b in _NAMES if _agreed(relation, a, b)]
    body = (
        "  ?a ex:text ?first .\n  ?b ex:text ?second .\n"
        f"  FILTER( geof:{relation.name}(?first, ?second) )"
    )
    return asked(
        f"{relation.name}-join",
        f"geof:{relation.name} in a FILTER between stored geometries of every serialization.",
        f"SELECT ?a ?b WHERE {{\n{_dispute(relation, body)}\n}}\n", rows,
        requirement=requirement_of(relation), tests=[GEOF + relation.name], data=data,
    )  # fmt: skip


def _constant(relation: Relation, data: str) -> Entry:
    """Give both orders, and what is not so related."""
    square, name = wkt(SHAPES[_CENTER]), relation.name
    calls = {
        "stored first": f"geof:{name}(?text, {square})",
        "stored second": f"geof:{name}({square}, ?text)",
        "not, stored first": f"! geof:{name}(?text, {square})",
    }
    disputed = [
        x for x in _NAMES if None in (_agreed(relation, x, _CENTER), _agreed(relation, _CENTER, x))
    ]
    without = f" MINUS {{ VALUES ?x {{ {' '.join(f'ex:{n}' for n in disputed)} }} }}"
    parts = [
        f'  {{ ?x ex:text ?text . FILTER( {call} ) BIND( "{case}" AS ?case ) '
        f"{without if disputed else ''} }}"
        for case, call in calls.items()
    ]
    rows: list[dict[str, Json]] = [
        {"case": literal(case), "x": iri(f"ex:{x}")}
        for case in calls
        for x in _NAMES
        if x not in disputed and _holds(relation, case, x)
    ]
    return asked(
        f"{relation.name}-constant",
        f"geof:{relation.name} in a FILTER between stored geometries and a constant one.",
        "SELECT ?case ?x WHERE {\n" + " UNION\n".join(parts) + "\n}\n", rows,
        requirement=requirement_of(relation), tests=[GEOF + relation.name], data=data,
    )  # fmt: skip


def _holds(relation: Relation, case: str, x: str) -> bool:
    if case == "stored second":
        return bool(_agreed(relation, _CENTER, x))
    return bool(_agreed(relation, x, _CENTER)) is (case == "stored first")


def _pair(a: str, b: str) -> dict[str, Json]:
    return {"a": iri(f"ex:{a}"), "b": iri(f"ex:{b}")}


def _in_patterns(data: str) -> Entry:
    square = wkt(SHAPES[_CENTER])
    inside = [n for n, shape in _NAMES.items() if SHAPES[shape].within(SHAPES[_CENTER])]
    outside = [n for n in _NAMES if n not in inside]
    within = f"FILTER( geof:sfWithin(?t, {square}) )"
    is_within, error = f"geof:sfWithin(?t, {square})", "geof:sfWithin(ex:none, ?t)"
    found = {
        "OPTIONAL": (
            f"?x ex:text ?text . OPTIONAL {{ ?x ex:text ?t . {within} }} FILTER( ! BOUND(?t) )",
            outside),
        "EXISTS": (f"?x ex:text ?text . FILTER EXISTS {{ ?x ex:text ?t . {within} }}", inside),
        "NOT EXISTS": (
            f"?x ex:text ?text . FILTER NOT EXISTS {{ ?x ex:text ?t . {within} }}", outside),
        "MINUS": (f"?x ex:text ?text . MINUS {{ ?x ex:text ?t . {within} }}", outside),
        "sub-query": (f"{{ SELECT ?x WHERE {{ ?x ex:text ?t . {within} }} }}", inside),
        "or": (
            f"?x ex:text ?t . FILTER( {is_within} || ?x = ex:square-far-away )",
            [*inside, "square-far-away"]),
        "an error or true": (f"?x ex:text ?t . FILTER( {error} || {is_within} )", inside),
        "an error and true": (f"?x ex:text ?t . FILTER( {error} && {is_within} )", []),
        "not an error": (f"?x ex:text ?t . FILTER( ! {error} )", []),
    }  # fmt: skip
    parts = [f'  {{ {pattern} BIND( "{case}" AS ?case ) }}' for case, (pattern, _) in found.items()]
    return asked(
        "stored-in-patterns", "A spatial FILTER in every kind of pattern.",
        "SELECT ?case ?x WHERE {\n" + " UNION\n".join(parts) + "\n}\n",
        [{"case": literal(case), "x": iri(f"ex:{x}")}
         for case, (_, names) in found.items() for x in names],
        requirement=requirement_of(RELATIONS[5]), tests=[GEOF + "sfWithin"], data=data,
    )  # fmt: skip


def _by_distance(data: str) -> Iterator[Entry]:
    center = SHAPES["point at the corner"]
    distances = {name: SHAPES[shape].distance(center) for name, shape in _NAMES.items()}
    near = [name for name, distance in distances.items() if distance <= 2.5]
    yield asked(
        "stored-within-distance", "Stored geometries within 2.5 degrees of a point.",
        "SELECT ?x WHERE {\n  ?x ex:text ?t .\n"
        f"  FILTER( geof:distance(?t, {wkt(center)}, uom:degree) <= 2.5 )\n}}\n",
        [{"x": iri(f"ex:{name}")} for name in near],
        requirement=FEATURES, tests=[GEOF + "distance"], data=data,
    )  # fmt: skip
    far = max(distances.values())
    yield asked(
        "stored-farthest", "Stored geometries in order of their distance, farthest first.",
        "SELECT ( ABS(geof:distance(?t, ?center, uom:degree) - "
        f"{far:.12f}) < 0.000001 AS ?result ) WHERE {{\n"
        f"  ?x ex:text ?t . BIND( {wkt(center)} AS ?center )\n}}\n"
        "ORDER BY DESC(geof:distance(?t, ?center, uom:degree)) LIMIT 1\n",
        [{"result": boolean(True)}],
        requirement=FEATURES, tests=[GEOF + "distance"], data=data,
    )  # fmt: skip
    crossed = [
        _pair(a, b)
        for a in _NAMES
        for b in _NAMES
        if SHAPES[_NAMES[a]].distance(SHAPES[_NAMES[b]]) < 0.5
    ]
    yield asked(
        "stored-distance-join", "Pairs of stored geometries less than half a degree apart.",
        "SELECT ?a ?b WHERE {\n  ?a ex:text ?first . ?b ex:text ?second .\n"
        "  FILTER( geof:distance(?first, ?second, uom:degree) < 0.5 )\n}\n",
        crossed, requirement=FEATURES, tests=[GEOF + "distance"], data=data,
    )  # fmt: skip
