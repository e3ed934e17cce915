"""Queries beside pyoxigraph, the Oxigraph server, and SQL written by hand with an STRtree.

Run by ``python -m tests.benchmarks.bench_queries [--small] [--limit SECONDS] [--folder KEPT]``.
Times are milliseconds, the fastest of three runs (of HTTP: the median of many requests),
ours as the endpoint answers: the second run finds the plan of the first.
`peer x` is how much longer the peer takes, `floor x` how much longer we take than the
least there is. A peer's query that passes the limit is stopped and counts in no mean.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import shapely
from sqlglot import exp

from earthgraph.answering import StoreAnswerer
from endpoint.store.store import Store, open_store
from engine.protocol import Related
from tests.benchmarks import peer
from tests.benchmarks.feature_files import (
    EX,
    GEO,
    KINDS,
    TYPE,
    cached,
    mixed_features,
    synthetic_map,
)
from tests.benchmarks.floor import Floor
from tests.benchmarks.http_peers import free_port, our_server, oxigraph_server, serving
from tests.benchmarks.map_queries import Join, Selection, map_queries

RUNS = 3
LOOKUPS = 200
POLYGON = "POLYGON ((2 44, 9 43, 12 47, 8 51, 3 49, 2 44))"
BOX = "POLYGON ((10 50, 16 50, 16 55, 10 55, 10 50))"


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds and rows of one way to answer; rows of a single count are that count."""

    seconds: float
    rows: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; None where there is nothing to compare with."""

    name: str
    ours: Timed
    peer: Timed | None
    floor: Timed | None
    why_no_peer: str = "past the limit"

    @property
    def ratio(self) -> float | None:
        """How much longer the peer takes."""
        return self.peer.seconds / self.ours.seconds if self.peer else None

    def line(self) -> str:
        """Give the row as text."""
        times = (self.ours, self.peer, self.floor)
        cells = [f"{self.name:44}"]
        cells += [f"{one.seconds * 1e3:10.2f}" if one else f"{'-':>10}" for one in times]
        cells.append(f"{self.ratio:8.1f}" if self.ratio else f"{'-':>8}")
        cells.append(
            f"{self.ours.seconds / self.floor.seconds:8.2f}" if self.floor else f"{'-':>8}"
        )
        counts = {other.rows for other in (self.peer, self.floor) if other} - {self.ours.rows}
        cells.append(f"{self.ours.rows:10,}" + (f" BUT {sorted(counts)}" if counts else ""))
        return " ".join(cells) + ("" if self.peer else f"  (peer: {self.why_no_peer})")


def main() -> None:
    """Print the tables."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        features, n = (20_000, 48) if arguments.small else (714_286, 512)
        head = f"{'ours ms':>10} {'peer ms':>10} {'floor ms':>10} {'peer x':>8} {'floor x':>8}"
        name = f"mixed-{features}"
        paths = _loaded(folder, name, lambda: mixed_features(features))
        print(f"{f'{features:,} mixed features':44} {head} {'rows':>10}", flush=True)
        _print(_mixed_rows(paths, features, arguments.limit))
        paths = _loaded(folder, f"map-{n}", lambda: synthetic_map(n))
        print(f"\n{f'synthetic map, n = {n}':44} {head} {'rows':>10}", flush=True)
        ratios = [row.ratio for row in _print(_map_rows(paths, n, arguments.limit)) if row.ratio]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")
        print(f"geometric mean of peer x where the peer finishes ({len(ratios)} of 36): {mean:.1f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench_queries")
    parser.add_argument("--small", action="store_true", help="a quick run on little data")
    parser.add_argument("--limit", type=float, default=30.0, help="seconds for a peer's query")
    parser.add_argument("--folder", type=Path, help="where data and stores are kept for other runs")
    return parser.parse_args()


def _print(rows: Iterator[Row]) -> list[Row]:
    printed = []
    for row in rows:
        print(row.line(), flush=True)
        printed.append(row)
    return printed


def _loaded(folder: Path, name: str, blocks: Callable[[], Iterator[tuple[bytes, int]]]) -> Paths:
    """Load a data set into a store of each, where that is not done yet."""
    file, _ = cached(folder, name, blocks)
    paths = Paths(folder / f"{name}-ours", folder / f"{name}-oxigraph")
    if not (paths.ours / "store.duckdb").exists():
        with open_store(paths.ours, create=True) as store:
            store.load(file)
    peer.load(file, paths.peer)
    return paths


@dataclass(frozen=True, slots=True)
class Paths:
    """The stores of one data set."""

    ours: Path
    peer: Path


def _fastest(call: Callable[[], int]) -> Timed:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        rows = call()
        times.append(Timed(time.perf_counter() - started, rows))
    return min(times, key=lambda timed: timed.seconds)


def _answered(answerer: StoreAnswerer, text: str) -> int:
    with answerer.query(text) as answer:
        return sum(batch.num_rows for batch in answer.batches())


def _counted(answerer: StoreAnswerer, text: str) -> int:
    with answerer.query(text) as answer:
        (cell,) = (batch.column(0)[0].as_py() for batch in answer.batches() if batch.num_rows)
    return int(cell["value"])


def _asked(oxigraph: peer.Peer, text: str) -> Timed | None:
    found = oxigraph.run(text, RUNS)
    return Timed(*found) if found else None


# Mixed features


def _mixed_rows(paths: Paths, features: int, limit_s: float) -> Iterator[Row]:
    with open_store(paths.ours, read_only=True) as store:
        answerer, floor = StoreAnswerer(store), Floor(store)
        with peer.Peer(paths.peer, limit_s) as oxigraph:
            yield from _relational_rows(answerer, oxigraph, floor)
            yield from _lookup_rows(answerer, oxigraph, floor, features)
            yield from _located_rows(answerer, oxigraph, floor)
        yield from _joined_rows(store, answerer, floor)
    yield from _http_rows(paths, features)


def _relational_rows(answerer: StoreAnswerer, oxigraph: peer.Peer, floor: Floor) -> Iterator[Row]:
    kind, label, value, has = map(
        floor.iri, (TYPE, EX + "label", EX + "value", GEO + "hasGeometry")
    )
    text = f"""SELECT (COUNT(*) AS ?n) {{ ?f a <{EX}class/4> ; <{EX}label> ?l ; <{EX}value> ?v ;
        <{GEO}hasGeometry> ?g }}"""
    sql = f"""SELECT count(*) AS n FROM quads_pos c JOIN quads_pos l USING (subject)
        JOIN quads_pos v USING (subject) JOIN quads_pos g USING (subject)
        WHERE c.predicate = {kind} AND c.object = {floor.iri(EX + "class/4")}
        AND l.predicate = {label} AND v.predicate = {value} AND g.predicate = {has}"""
    counted = oxigraph.run(text)
    ours = _fastest(lambda: _counted(answerer, text))
    least = _fastest(lambda: int(floor.rows(sql)["n"][0].as_py()))
    yield Row("class star count", ours, Timed(counted[0], ours.rows) if counted else None, least)
    text = f"SELECT ?c (AVG(?v) AS ?a) {{ ?f a ?c ; <{EX}value> ?v }} GROUP BY ?c"
    sql = f"""SELECT t.lexical, n.a FROM (SELECT c.object, avg(v.object & {(1 << 56) - 1}) AS a
        FROM quads_pos c JOIN quads_pos v USING (subject) WHERE c.predicate = {kind}
        AND v.predicate = {value} GROUP BY c.object) n JOIN terms t ON t.id = n.object"""
    yield Row(
        "group by class with average",
        _fastest(lambda: _answered(answerer, text)),
        _asked(oxigraph, text),
        _fastest(lambda: len(floor.rows(sql))),
    )


def _lookup_rows(
    answerer: StoreAnswerer, oxigraph: peer.Peer, floor: Floor, features: int
) -> Iterator[Row]:
    for name, texts, column in _lookups(features):
        terms = [floor.iri(f"{EX}feature/{number}") for number in _numbers(features)]
        sql = f"""SELECT p.lexical, o.lexical FROM quads_{column[0]} q JOIN terms p
            ON p.id = q.predicate LEFT JOIN terms o ON o.id = q.{column[1]}
            WHERE q.{column[2]} = {{}}"""
        ours = _median([lambda text=text: _answered(answerer, text) for text in texts])
        answers = [oxigraph.run(text, 1) for text in texts]
        theirs = [answer for answer in answers if answer]
        seconds, rows = (list(values) for values in zip(*theirs, strict=True))
        least = _median([partial(_row_count, floor, sql.format(term)) for term in terms])
        yield Row(name, ours, Timed(float(np.median(seconds)), sum(rows)), least)


def _row_count(floor: Floor, sql: str) -> int:
    return len(floor.rows(sql))


def _lookups(features: int) -> Iterator[tuple[str, list[str], tuple[str, str, str]]]:
    names = [f"<{EX}feature/{number}>" for number in _numbers(features)]
    subjects = [f"SELECT ?p ?o {{ {name} ?p ?o }}" for name in names]
    objects = [f"SELECT ?s ?p {{ ?s ?p {name} }}" for name in names]
    yield "subject lookup, median", subjects, ("spo", "object", "subject")
    yield "object lookup, median", objects, ("pos", "subject", "object")


def _numbers(features: int) -> list[int]:
    found: list[int] = np.random.default_rng(7).integers(0, features, LOOKUPS).tolist()
    return found


def _median(calls: Sequence[Callable[[], int]]) -> Timed:
    times, rows = [], 0
    for call in calls:
        started = time.perf_counter()
        rows += call()
        times.append(time.perf_counter() - started)
    return Timed(float(np.median(times)), rows)


def _located(wkt: str) -> str:
    return f"""PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
        SELECT ?f ?w {{ ?f <{GEO}hasGeometry> ?g . ?g <{GEO}asWKT> ?w
        FILTER(geof:sfIntersects(?w, "{wkt}"^^<{GEO}wktLiteral>)) }}"""


def _located_rows(answerer: StoreAnswerer, oxigraph: peer.Peer, floor: Floor) -> Iterator[Row]:
    has, as_wkt = floor.iri(GEO + "hasGeometry"), floor.iri(GEO + "asWKT")
    sql = f"""SELECT f.lexical, w.lexical FROM found JOIN quads_pos s ON s.object = found.id
        AND s.predicate = {as_wkt} JOIN quads_pos h ON h.object = s.subject
        AND h.predicate = {has} JOIN terms f ON f.id = h.subject JOIN terms w ON w.id = found.id"""
    for name, wkt in (("box selection", BOX), ("polygon selection", POLYGON)):
        yield Row(
            name,
            _fastest(lambda wkt=wkt: _answered(answerer, _located(wkt))),
            _asked(oxigraph, _located(wkt)),
            _fastest(lambda wkt=wkt: len(floor.rows(sql, found=floor.related("Intersects", wkt)))),
        )


def _joined_rows(store: Store, answerer: StoreAnswerer, floor: Floor) -> Iterator[Row]:
    why = "a nested loop of 10^11 tests"
    least = _fastest(lambda: floor.pairs(2))
    classes = " ".join(f"<{EX}class/{1 + KINDS * number}>" for number in range(7))
    text = f"""PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
        SELECT (COUNT(*) AS ?n) {{ VALUES ?c {{ {classes} }} ?a a ?c ; <{GEO}hasGeometry> ?ag .
        ?ag <{GEO}asWKT> ?aw . ?bg <{GEO}asWKT> ?bw FILTER(geof:sfIntersects(?aw, ?bw)) }}"""

    def joined() -> int:
        both = store.dataset().geometries.select("id", "geometry")
        left = both.where(exp.EQ(this=exp.column("dimension"), expression=exp.Literal.number(2)))
        pairs = store.engine.spatial_join(left, both, Related(("sf_intersects",)))
        try:
            return sum(batch.num_rows for batch in store.engine.run(pairs.select()))
        finally:
            store.engine.drop(pairs)

    yield Row("polygons x all, the join alone", _fastest(joined), None, least, why)
    yield Row(
        "polygons x all, counted", _fastest(lambda: _counted(answerer, text)), None, least, why
    )


def _windows(count: int) -> Iterator[str]:
    """Give boxes of the size of `BOX` elsewhere."""
    places = np.random.default_rng(7).uniform((-160, -75), (150, 65), (count, 2))
    for x, y in places.round(3).tolist():
        yield shapely.box(x, y, x + 6, y + 5).wkt


def _http_rows(paths: Paths, features: int) -> Iterator[Row]:
    asked = [(f"HTTP {name}", texts) for name, texts, _ in _lookups(features)]
    asked += [("HTTP box selection, median", [_located(BOX)] * 20)]
    asked += [("HTTP box selection, a map that moves, median", list(map(_located, _windows(40))))]
    timed = []
    for command, folder, path in (
        (our_server, paths.ours, "/sparql"),
        (oxigraph_server, paths.peer, "/query"),
    ):
        port = free_port()
        with serving(command(folder, port), port, path) as asker:
            for _, texts in asked:
                asker.ask(texts[0])
            few = [
                texts if "selection" not in name or path == "/sparql" else texts[:1]
                for name, texts in asked
            ]
            timed.append([asker.median(texts) for texts in few])
    for (name, texts), ours, theirs in zip(asked, *timed, strict=True):
        rows = theirs[1] if "lookup" in name else theirs[1] * len(texts)
        rows = ours[1] if "moves" in name else rows
        yield Row(name, Timed(*ours), Timed(theirs[0], rows), None)


# The synthetic map


def _map_rows(paths: Paths, n: int, limit_s: float) -> Iterator[Row]:
    with (
        open_store(paths.ours, read_only=True) as store,
        peer.Peer(paths.peer, limit_s) as oxigraph,
    ):
        answerer, floor = StoreAnswerer(store), Floor(store)
        for asked in map_queries(n):
            yield Row(
                asked.name,
                _fastest(lambda asked=asked: _answered(answerer, asked.sparql)),
                _asked(oxigraph, asked.sparql),
                _fastest(lambda asked=asked: _least(floor, asked)),
            )


def _least(floor: Floor, asked: Selection | Join) -> int:
    return floor.selection(asked) if isinstance(asked, Selection) else floor.join(asked)


if __name__ == "__main__":
    main()
