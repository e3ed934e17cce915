"""What every engine does alike: relations, running, keeping, mapping, writing, stopping."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sqlglot import exp, parse_one

from engine import open_engine
from engine.protocol import Control, Engine, EngineFunction, Parts, Progress
from geosparql.errors import (
    CancelledError,
    EngineError,
    EngineUnavailableError,
    LimitError,
    SourceError,
    StoreError,
)

NUMBERS = pa.schema([("n", pa.int64())])


def rows(engine: Engine, query: exp.Query) -> list[tuple[object, ...]]:
    columns = engine.run(query).read_all().columns
    return sorted(zip(*(column.to_pylist() for column in columns), strict=True), key=repr)


def read_part(part: int) -> Iterator[pa.RecordBatch]:
    if part < 0:
        raise SourceError("the part cannot be read", where="part 1", value=part, hint="Mend it")
    yield pa.record_batch({"n": [part, part + 1]})


def plus_two(n: pa.Array) -> pa.Array:
    return pc.add(n, 2)


def sizes(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield pa.record_batch({"n": [batch.num_rows]})


def refuse(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _ in batches:
        raise SourceError("no batch is wanted")
    yield from ()


def long_query(engine: Engine) -> exp.Query:
    """Build a query that nobody waits for."""
    i = {"duckdb": "range", "spark": "id"}[engine.name]
    sides = "RANGE(100000000) AS a, RANGE(1000) AS b"
    return parse_one(f"SELECT SUM((a.{i} * b.{i}) % 7) AS n FROM {sides}", dialect=engine.name)


def test_an_arrow_table_is_a_relation(engine: Engine):
    table = pa.table({"n": [1, 2], "b": [b"\x00", None], "s": ["ü", None], "d": [0.5, None]})
    relation = engine.relation(table)
    assert relation.columns == ("n", "b", "s", "d")
    assert rows(engine, relation.select()) == [(1, b"\x00", "ü", 0.5), (2, None, None, None)]
    assert rows(engine, relation.select("s", "n")) == [("ü", 1), (None, 2)]
    engine.drop(relation)
    with pytest.raises(EngineError, match=relation.name):
        engine.run(relation.select()).read_all()


def test_a_relation_can_be_named_and_replaced(engine: Engine):
    first = engine.relation(pa.table({"n": [1]}), name="mine")
    assert first.name == "mine"
    assert rows(engine, parse_one("SELECT n FROM mine")) == [(1,)]
    second = engine.relation(pa.table({"n": [2]}), name="mine")
    assert rows(engine, parse_one("SELECT n FROM mine")) == [(2,)]
    engine.drop(second)


def test_parts_are_read_anew_for_each_run(engine: Engine):
    relation = engine.relation(Parts(NUMBERS, [10, 20], read_part))
    assert relation.schema.names == ["n"]
    for _ in range(2):
        assert rows(engine, relation.select()) == [(10,), (11,), (20,), (21,)]
    engine.drop(relation)


def test_no_parts_are_no_rows(engine: Engine):
    assert rows(engine, engine.relation(Parts(NUMBERS, [], read_part)).select()) == []


@pytest.mark.parametrize("keep", [False, True])
def test_an_error_while_reading_a_part_comes_out_whole(engine: Engine, keep):
    relation = engine.relation(Parts(NUMBERS, [1, -1], read_part))
    with pytest.raises(SourceError, match="the part cannot be read") as caught:
        engine.materialize(relation.select()) if keep else engine.run(relation.select()).read_all()
    assert (caught.value.where, caught.value.value) == ("part 1", "-1")
    assert caught.value.hint == "Mend it"


def test_parquet_files_are_a_relation(engine: Engine, tmp_path):
    for number in range(2):
        pq.write_table(pa.table({"n": [number]}), tmp_path / f"{number}.parquet")
    relation = engine.relation(sorted(tmp_path.iterdir()))
    assert rows(engine, relation.select()) == [(0,), (1,)]


def test_missing_and_broken_parquet_files_are_errors(engine: Engine, tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        engine.relation([tmp_path / "missing.parquet"])
    (tmp_path / "broken.parquet").write_bytes(b"hello")
    with pytest.raises(SourceError, match="cannot be read"):
        engine.run(engine.relation([tmp_path / "broken.parquet"]).select()).read_all()


def test_materialize_runs_once(engine: Engine):
    source = engine.relation(pa.table({"n": [1, 2, 3]}), name="changing")
    kept = engine.materialize(parse_one("SELECT n * 2 AS m FROM changing WHERE n > 1"))
    engine.drop(source)
    assert kept.schema.names == ["m"]
    assert rows(engine, kept.select()) == [(4,), (6,)]
    engine.drop(kept)


def test_a_function_is_called_with_its_types_and_with_nulls(engine: Engine):
    engine.register([EngineFunction("plus", plus_two, (pa.int64(),), pa.int64())])
    engine.register([EngineFunction("plus", plus_two, (pa.int64(),), pa.int64())])
    relation = engine.relation(pa.table({"n": pa.array([1, None], pa.int32())}))
    query = exp.select(exp.func("plus", exp.column("n"))).from_(relation.table())
    assert rows(engine, query) == [(3,), (None,)]


def test_a_function_can_be_replaced(engine: Engine):
    query = parse_one("SELECT named(CAST(1 AS BIGINT)) AS n")
    for call, result in ((pc.negate, -1), (plus_two, 3)):
        engine.register([EngineFunction("named", call, (pa.int64(),), pa.int64())])
        assert rows(engine, query) == [(result,)]


def test_a_function_of_lists(engine: Engine):
    functions = [
        EngineFunction("how_many", pc.list_value_length, (pa.list_(pa.binary()),), pa.int64())
    ]
    engine.register(functions)
    relation = engine.relation(pa.table({"k": [1, 1, 2], "b": [b"x", None, b"y"]}))
    counted = exp.func("how_many", exp.ArrayAgg(this=exp.column("b")))
    query = exp.select("k", exp.alias_(counted, "n")).from_(relation.table()).group_by("k")
    assert rows(engine, query) == [(1, 2), (2, 1)]


def test_map_batches(engine: Engine):
    relation = engine.relation(pa.table({"n": range(1_000)}))
    mapped = engine.map_batches(relation.select(), sizes, NUMBERS)
    assert sum(row[0] for row in rows(engine, mapped.select())) == 1_000
    nothing = relation.select().where("n < 0")
    assert (
        sum(row[0] for row in rows(engine, engine.map_batches(nothing, sizes, NUMBERS).select()))
        == 0
    )


def test_an_error_in_a_function_of_batches_comes_out(engine: Engine):
    relation = engine.relation(pa.table({"n": [1]}))
    with pytest.raises(SourceError, match="no batch is wanted"):
        engine.map_batches(relation.select(), refuse, NUMBERS)


def test_write_gives_a_parquet_folder(engine: Engine, tmp_path):
    relation = engine.relation(pa.table({"n": [3, 1, 2], "s": ["a", None, "ü"]}))
    for _ in range(2):  # a second time it takes the place of the first
        assert engine.write(relation.select(), tmp_path / "out") == 3
    written = pq.read_table(tmp_path / "out")
    assert sorted(written["n"].to_pylist()) == [1, 2, 3]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    read = engine.relation(sorted((tmp_path / "out").glob("*.parquet")))
    assert rows(engine, read.select("n")) == [(1,), (2,), (3,)]


def test_write_touches_no_folder_of_others(engine: Engine, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    relation = engine.relation(pa.table({"n": [1]}))
    with pytest.raises(StoreError, match="not replaced"):
        engine.write(relation.select(), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_wrong_expression_is_an_error_that_says_what(engine: Engine):
    with pytest.raises(EngineError, match="no_such_column"):
        engine.run(parse_one("SELECT no_such_column FROM (SELECT 1 AS n) AS t")).read_all()


def test_values_stand_in_the_places_of_a_prepared_query(engine: Engine):
    query = exp.select(
        *(exp.alias_(exp.Placeholder(this=name), name, quoted=True) for name in "istb"),
        exp.alias_(exp.Explode(this=exp.Placeholder(this="many")), "each"),
    )
    prepared = engine.prepare(query)
    for number in (1, -(2**40)):
        values = {"i": number, "s": "it's", "t": 0.1, "b": b"\x00\x01", "many": [3, number]}
        answers = [(number, "it's", 0.1, b"\x00\x01", each) for each in (3, number)]
        found = engine.run(prepared, values=values).read_all()
        assert sorted(map(tuple, (row.values() for row in found.to_pylist()))) == sorted(answers)


def test_cancelling_stops_a_run(engine: Engine):
    control = Control()
    timer = threading.Timer(0.5, control.cancelled.set)
    timer.start()
    with pytest.raises(CancelledError):
        engine.run(long_query(engine), control=control).read_all()
    timer.join()


def test_a_deadline_stops_materializing(engine: Engine):
    control = Control(deadline=time.monotonic() + 0.5)
    with pytest.raises(LimitError, match="time limit"):
        engine.materialize(long_query(engine), control=control)


def test_progress_is_told(engine: Engine):
    told: list[Progress] = []

    def enough(progress: Progress) -> None:
        told.append(progress)
        control.cancelled.set()

    control = Control(deadline=time.monotonic() + 60.0, progress=enough)
    with pytest.raises(CancelledError):
        engine.run(long_query(engine), control=control).read_all()
    assert {progress.unit for progress in told} == {"percent"}


def test_an_engine_goes_on_after_it_was_stopped(engine: Engine):
    control = Control()
    control.cancelled.set()
    with pytest.raises(CancelledError):
        engine.materialize(long_query(engine), control=control)
    assert rows(engine, parse_one("SELECT 1 AS n")) == [(1,)]


def test_threads_run_at_the_same_time(engine: Engine):
    relation = engine.relation(pa.table({"n": range(100)}))
    found: list[object] = []

    def read() -> None:
        found.append(len(rows(engine, relation.select())))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [100] * 4


def test_geosparql_functions_are_there(engine: Engine):
    point = exp.func(
        "geometry_from_literal",
        exp.Literal.string("POINT(1 2)"),
        exp.Literal.string("http://www.opengis.net/ont/geosparql#wktLiteral"),
    )
    query = exp.select(exp.func("geof_sf_equals", point, point.copy()))
    assert rows(engine, query) == [(True,)]


def test_an_unknown_engine_is_an_error():
    with pytest.raises(EngineUnavailableError, match="duckdb, spark"):
        open_engine("postgres")


def test_errors_survive_pickling():
    error = SourceError("what", where="where", value="value", hint="hint")
    again = pickle.loads(pickle.dumps(error))
    assert (again.what, again.where, again.value, again.hint) == ("what", "where", "value", "hint")


def test_a_folder_is_replaced_only_when_the_work_ends_well(engine: Engine, tmp_path: Path):
    relation = engine.relation(pa.table({"n": [1]}))
    engine.write(relation.select(), tmp_path / "out")
    broken = engine.relation(Parts(NUMBERS, [-1], read_part))
    with pytest.raises(SourceError):
        engine.write(broken.select(), tmp_path / "out")
    assert pq.read_table(tmp_path / "out")["n"].to_pylist() == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
