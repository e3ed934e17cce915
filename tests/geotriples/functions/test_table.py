"""The tables of functions: their examples, nulls and hostile values, on both engines."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from sqlglot import exp

from engine.protocol import Engine
from geosparql.functions.table import FUNCTIONS as GEO_FUNCTIONS
from geotriples.functions.conversions import CONVERSIONS
from geotriples.functions.document import document
from geotriples.functions.function import ARROW_TYPES, Function
from geotriples.functions.spatial import OGC_FUNCTIONS
from geotriples.functions.table import BUILT_IN, FUNCTION_GROUPS
from geotriples.iris import ENGINE_FUNCTIONS
from geotriples.mapping.vocabulary import RRXF
from geotriples.values import Typed, text, text_of

FUNCTIONS = [function for group in FUNCTION_GROUPS.values() for function in group]
SHOWN = [function for function in FUNCTIONS if function.example is not None]
NASTY = ["", " ", "a", "-1", "1e400", "NaN", "999999999999999999", "0", "(", "é\u0000", "%", "true"]
RRXF_NAMES = (
    "asWKT", "asGML", "hasSerialization", "strdfWKT", "isSimple", "isEmpty", "is3D", "dimension",
    "spatialDimension", "coordinateDimension", "area", "length", "centroidx", "centroidy", "equi",
    "contains", "equals", "intersects", "disjoint", "within", "touches", "crosses", "overlaps",
    "distance", "greaterThan", "add", "subtract",
)  # fmt: skip


def array(kind: str, values: list[object]) -> pa.Array:
    """Give an argument of a kind from texts, as a mapping would."""
    if kind == "strings":
        return pa.array([[v] if isinstance(v, str) else v for v in values], ARROW_TYPES["strings"])
    texts = pa.array(values, pa.string())
    if kind == "geometry":
        return pa.array([None if v is None else str(v).encode() for v in values], pa.binary())
    conversion = CONVERSIONS.get(kind)  # type: ignore[call-overload]
    return texts if conversion is None else conversion.call(texts)


def of_name(function: Function) -> str:
    return function.iris[0].rsplit("#", 1)[-1]


def test_no_iri_stands_for_two_functions() -> None:
    assert sum(len(function.iris) for function in FUNCTIONS) == len(BUILT_IN)


def test_all_functions_of_geotriples_and_geosparql() -> None:
    assert {RRXF + name for name in RRXF_NAMES} <= BUILT_IN.keys()
    assert len([iri for iri in BUILT_IN if iri.startswith(OGC_FUNCTIONS)]) == 8
    assert all(function.iri in BUILT_IN for function in GEO_FUNCTIONS if not function.aggregate)


def test_the_page_is_current() -> None:
    page = Path(__file__).parents[3] / "docs" / "mapping_functions.md"
    assert page.read_text(encoding="utf-8") == document()


def test_examples(engine: Engine) -> None:
    """All examples in one query; the row number stands for the arguments of constants."""
    columns: dict[str, pa.Array] = {"row": pa.array([7], pa.int64())}
    calls = []
    engine.register(ENGINE_FUNCTIONS)
    for number, function in enumerate(SHOWN):
        assert function.example is not None
        given, _ = function.example
        names = []
        for place, (parameter, value) in enumerate(zip(function.parameters, given, strict=False)):
            names.append(f"c{number}_{place}")
            columns[names[-1]] = array(parameter.kind, [value])
        made = function.engine_function(len(names))
        engine.register([made])
        call = exp.Anonymous(
            this=made.name, expressions=[exp.column(name) for name in names or ["row"]]
        )
        output = function.outputs[0]
        if output.kind != "strings":
            typed = Typed(call, ARROW_TYPES[output.kind], text(output.natural_datatype))
            call = text_of(typed)  # type: ignore[assignment]
        calls.append(exp.alias_(call, f"r{number}"))
    relation = engine.relation(pa.table(columns))
    with engine.run(exp.select(*calls).from_(relation.table())) as reader:
        row = reader.read_all().to_pylist()[0]
    engine.drop(relation)
    found = {of_name(f): row[f"r{n}"] for n, f in enumerate(SHOWN)}
    wanted = {of_name(f): f.example[1] for f in SHOWN if f.example is not None}
    assert found == {
        name: list(value) if isinstance(value, tuple) else value for name, value in wanted.items()
    }


@pytest.mark.parametrize("function", FUNCTIONS, ids=of_name)
def test_nulls_and_nasty_values_never_raise(function: Function, tmp_path: Path) -> None:
    if not function.parameters or "path" in {p.kind for p in function.parameters}:
        return
    count = len(function.parameters)
    made = function.engine_function(count)
    nulls = [pa.nulls(3, kind) for kind in made.arguments]
    result = made.call(*nulls)
    assert result.type == made.returns
    assert function.takes_null or result.null_count == 3
    for shift in range(3):
        rows = [[*NASTY[shift * p :], *NASTY[: shift * p], None] for p in range(count)]
        pairs = zip(function.parameters, rows, strict=True)
        arguments = [array(parameter.kind, values) for parameter, values in pairs]
        assert len(made.call(*arguments)) == len(NASTY) + 1
    assert len(made.call(*(pa.array([], kind) for kind in made.arguments))) == 0
