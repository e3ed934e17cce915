"""What DuckDB alone does: tables on disk, transactions, limits, a clean end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from sqlglot import exp, parse_one

from engine.duckdb import DuckDBEngine
from engine.protocol import Limits
from engine.statements import read_parquet
from geosparql.errors import EngineError, LimitError, StoreError, StoreLockedError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine(tmp_path / "it's here.duckdb")
    engine.execute(parse_one("CREATE TABLE t (n BIGINT)"))
    engine.execute(parse_one("INSERT INTO t VALUES (1), (2)"))
    yield engine
    engine.close()


def numbers(engine: DuckDBEngine, table: str = "t") -> list[int]:
    query = exp.select("n").from_(table).order_by("n")
    return engine.run(query).read_all()["n"].to_pylist()


def python(script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_tables_last(tmp_path):
    path = tmp_path / "a.duckdb"
    for count in (1, 2):
        engine = DuckDBEngine(path)
        engine.execute(parse_one("CREATE TABLE IF NOT EXISTS t (n BIGINT)"))
        engine.execute(exp.insert(exp.select(str(count)), "t"))
        scratch = engine.materialize(exp.select("n").from_("t"))
        assert numbers(engine, scratch.name) == list(range(1, count + 1))
        engine.close()
    reader = DuckDBEngine(path, read_only=True)
    assert numbers(reader) == [1, 2]
    assert reader.run(parse_one("SELECT COUNT(*) AS n FROM duckdb_tables()")).read_all() == (
        pa.table({"n": [1]})
    )
    with pytest.raises(EngineError):
        reader.execute(parse_one("DELETE FROM t"))
    kept = reader.materialize(exp.select("n").from_("t"))
    assert numbers(reader, kept.name) == [1, 2]
    reader.close()


def test_rows_changed_are_counted(database):
    assert database.execute(parse_one("INSERT INTO t VALUES (3), (4), (5)")) == 3
    assert database.execute(parse_one("DELETE FROM t WHERE n > 2")) == 3
    assert database.execute(parse_one("DROP TABLE t")) == 0


def test_a_transaction_sees_its_own_changes_and_others_do_not(database):
    seen: list[list[int]] = []
    with database.transaction():
        database.execute(parse_one("INSERT INTO t VALUES (3)"))
        other = threading.Thread(target=lambda: seen.append(numbers(database)))
        other.start()
        other.join()
        kept = database.materialize(parse_one("SELECT n + 10 AS n FROM t"))
        arrow = database.relation(pa.table({"n": [100]}))
        database.execute(exp.insert(arrow.select(), "t"))
        database.execute(exp.insert(kept.select(), "t"))
        assert numbers(database) == [1, 2, 3, 11, 12, 13, 100]
    assert seen == [[1, 2]]
    assert numbers(database) == [1, 2, 3, 11, 12, 13, 100]
    with pytest.raises(EngineError, match=kept.name):
        database.run(kept.select())


def test_a_transaction_is_rolled_back_on_an_error(database):
    deleted = parse_one("DELETE FROM t")
    with pytest.raises(ZeroDivisionError), database.transaction():
        assert 1 / (database.execute(deleted) - 2)
    assert numbers(database) == [1, 2]
    failing = parse_one("INSERT INTO nowhere VALUES (1)")
    with pytest.raises(EngineError, match="nowhere"), database.transaction():
        database.execute(deleted) and database.execute(failing)
    assert numbers(database) == [1, 2]


def test_rows_are_read_while_rows_are_changed_in_a_transaction(database):
    with database.transaction():
        for batch in database.run(exp.select("n").from_("t")):
            for n in batch["n"].to_pylist():
                database.execute(exp.insert(exp.select(str(n + 10)), "t"))
    assert numbers(database) == [1, 2, 11, 12]


def test_without_checkpoints_the_log_grows_until_the_block_ends(database, tmp_path):
    def log_megabytes() -> int:
        return sum(file.stat().st_size for file in tmp_path.glob("*.wal")) >> 20

    insert = parse_one("INSERT INTO s SELECT REPEAT(MD5(range::text), 40) FROM RANGE(3000)")
    database.execute(parse_one("CREATE TABLE s (x TEXT)"))
    with database.without_checkpoints():
        for _ in range(6):
            database.execute(insert)
        assert log_megabytes() > 16
    database.execute(insert)
    assert log_megabytes() < 16
    assert database.execute(parse_one("DELETE FROM s")) == 7 * 3000


def test_transactions_do_not_nest(database):
    outer, inner = database.transaction(), database.transaction()
    with pytest.raises(EngineError, match="inside"), outer, inner:
        pass
    assert numbers(database) == [1, 2]


def test_a_second_process_is_told_that_the_database_is_in_use(database, tmp_path):
    script = f"""
from pathlib import Path
from engine.duckdb import DuckDBEngine
try:
    DuckDBEngine(Path({str(tmp_path / "it's here.duckdb")!r}))
except Exception as error:
    print(type(error).__name__)
"""
    assert python(script).stdout.strip() == "StoreLockedError"
    assert issubclass(StoreLockedError, StoreError)


@pytest.mark.parametrize("content", [None, b"not a database" * 1_000])
def test_a_database_that_cannot_be_opened(tmp_path, content):
    path = tmp_path / "missing" / "a.duckdb"
    if content is not None:
        path = tmp_path / "a.duckdb"
        path.write_bytes(content)
    with pytest.raises(StoreError):
        DuckDBEngine(path)


def test_the_memory_limit_is_kept_and_spilling_ends_in_the_temporary_directory(tmp_path):
    limits = Limits(memory_bytes=150 << 20, threads=1, temporary_directory=tmp_path)
    engine = DuckDBEngine(limits=limits)
    rows = "SELECT MD5(CAST(i AS VARCHAR)) AS m FROM RANGE(3000000) AS t(i)"
    kept = engine.materialize(parse_one(f"{rows} ORDER BY m", dialect="duckdb"))
    least = engine.run(exp.select("MIN(m)", "FIRST(m)").from_(kept.name)).read_all().to_pylist()[0]
    assert len(set(least.values())) == 1
    assert list(tmp_path.iterdir())
    with pytest.raises(LimitError, match="memory"):
        engine.run(
            parse_one("SELECT LIST(i) FROM RANGE(90000000) AS t(i)", dialect="duckdb")
        ).read_all()
    engine.close()
    assert not list(tmp_path.iterdir())


def test_an_abandoned_reader_gives_its_connection_back(duckdb_engine):
    reader = duckdb_engine.run(parse_one("SELECT i FROM RANGE(9000000) AS t(i)", dialect="duckdb"))
    reader.read_next_batch()
    reader.close()
    del reader
    assert len(duckdb_engine._idle) >= 1


def test_neither_python_variables_nor_the_network_are_reached(duckdb_engine):
    secret = pa.table({"n": [1]})
    with pytest.raises(EngineError, match="secret"):
        duckdb_engine.run(exp.select("*").from_("secret")).read_all()
    assert secret.num_rows == 1
    for path in ("https://example.org/a.parquet", "s3://bucket/a.parquet"):
        with pytest.raises(EngineError, match="httpfs"):
            duckdb_engine.run(read_parquet([path])).read_all()


@pytest.mark.parametrize("end", ["engine.close()", "del engine", ""])
def test_the_interpreter_ends_without_a_word(end):
    script = f"""
from sqlglot import parse_one
from engine import open_engine
engine = open_engine()
assert engine.run(parse_one("SELECT 1 AS n")).read_all()["n"].to_pylist() == [1]
{end}
"""
    ended = python(script)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
