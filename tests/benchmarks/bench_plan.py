"""What planning costs: ``python -m tests.benchmarks.bench_plan [features]``.

A ten-pattern query over mixed features (`feature_files`). Planning is measured stage
by stage without any plan kept, then with other constants and a plan kept, beside
the time that DuckDB takes for the SQL alone: the floor. Medians of CPU milliseconds.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from endpoint.sparql import engine as sparql
from endpoint.sparql.compile.query import compile_plan
from endpoint.sparql.engine import QueryOptions
from endpoint.sparql.parse import parse_query
from endpoint.sparql.plan_cache import PlanCache
from endpoint.store.dataset import Dataset
from endpoint.store.store import open_store
from tests.benchmarks.feature_files import cached, mixed_features

ROUNDS = 40
QUERY = """PREFIX e: <http://example.org/> PREFIX geo: <http://www.opengis.net/ont/geosparql#>
SELECT ?a ?l ?v ?d ?b ?l2 ?v2 ?w WHERE {
  ?a a <http://example.org/class/3> ; e:label ?l ; e:value ?v ; e:date ?d ; e:near ?b .
  ?b a ?k ; e:label ?l2 ; e:value ?v2 . ?a geo:hasGeometry ?g . ?g geo:asWKT ?w .
  FILTER(?v > %d && ?v2 < %d) }"""


def _cpu_ms(work: Callable[[int], object], rounds: int = ROUNDS) -> float:
    def once(number: int) -> float:
        started = time.process_time()
        work(number)
        return 1000 * (time.process_time() - started)

    return statistics.median([once(number) for number in range(rounds)][rounds // 4 :])


def _text(number: int) -> str:
    return QUERY % (990_000 + number, 500_000 - number)


def _stages(dataset: Dataset) -> dict[str, float]:
    """Give the median of every stage, no plan kept."""
    times: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        marks = [time.process_time()]
        parsed = parse_query(_text(number))
        marks.append(time.process_time())
        run = sparql._prepared(dataset, parsed, None, QueryOptions(), None, None)
        with closing(run.ephemeral):
            pattern = run.rewritten(parsed.query.pattern)
            marks.append(time.process_time())
            plan = compile_plan(pattern, run.context, run.graphs)
            marks.append(time.process_time())
            dataset.engine.prepare(plan.query)
            marks.append(time.process_time())
        for place, name in enumerate(("parse", "rewrite", "compile", "SQL text")):
            times.setdefault(name, []).append(1000 * (marks[place + 1] - marks[place]))
    return {name: statistics.median(found[ROUNDS // 4 :]) for name, found in times.items()}


def _report(dataset: Dataset) -> None:
    stages = _stages(dataset)
    for name, took in stages.items():
        print(f"{name:32} {took:8.2f}")
    print(f"{'planning, no plan kept':32} {sum(stages.values()):8.2f}")
    plans = PlanCache()

    def read(number: int) -> int:
        answer = sparql.query(dataset, _text(number), plans=plans)
        return sum(batch.num_rows for batch in answer.batches())

    kept = _cpu_ms(lambda n: sparql.query(dataset, _text(n), plans=plans).close())
    whole = _cpu_ms(read)
    print(f"{'planning, a plan kept':32} {kept:8.2f}")
    run = sparql._prepared(dataset, parse_query(_text(0)), None, QueryOptions(), None, None)
    with closing(run.ephemeral):
        pattern = run.rewritten(parse_query(_text(0)).query.pattern)
        prepared = dataset.engine.prepare(compile_plan(pattern, run.context, run.graphs).query)
    floor = _cpu_ms(lambda _: dataset.engine.run(prepared).read_all())
    print(f"{'the SQL alone in DuckDB (floor)':32} {floor:8.2f}")
    print(f"{'whole query, rows decoded':32} {whole:8.2f}   ratio {whole / floor:.2f}")


def main() -> None:
    """Print the table."""
    features = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as name:
        file, triples = cached(Path(name), "features", lambda: mixed_features(features))
        with open_store(Path(name) / "store", create=True) as store:
            store.load([file])
            print(f"{triples:,} triples, CPU ms, medians")
            _report(store.dataset())


if __name__ == "__main__":
    main()
