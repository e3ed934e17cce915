"""Run the suite against a SPARQL endpoint: ``python -m suite URL``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from suite.endpoint import endpoint
from suite.evaluate import run
from suite.manifest import read_entries
from suite.report import counted, earl, readings, summary


def main() -> int:
    """Run, print the table of conformance classes, write an EARL report if asked to."""
    parser = argparse.ArgumentParser(prog="python -m suite", description=__doc__)
    parser.add_argument("url", help="address of SPARQL queries")
    parser.add_argument(
        "--graph-store",
        help="address of the Graph Store to put data to; its default graph is REPLACED",
    )
    parser.add_argument("--rdfs", help="address of queries under RDFS entailment, if another one")
    parser.add_argument("--only", help="conformance class or name that must be part of the entry's")
    parser.add_argument("--earl", type=Path, help="file for an EARL report in Turtle")
    parser.add_argument("--failures", action="store_true", help="print what was wrong")
    options = parser.parse_args()
    wanted = (options.only or "").lower()
    entries = [e for e in read_entries() if wanted in f"{e.conformance_class}/{e.name}".lower()]
    outcomes = list(run(entries, endpoint(options.url, options.graph_store, options.rdfs)))
    print(summary({options.url: outcomes}))
    print("\nReadings of what the standard leaves open:")
    for question, answers in sorted(readings(outcomes).items()):
        print(f"- {question}: {'; also '.join(answers)}")
    failed = [outcome for outcome in counted(outcomes) if not outcome.passed]
    if options.failures:
        for outcome in failed:
            print(f"\n{outcome.entry.conformance_class} / {outcome.entry.name}")
            print("\n".join(f"  {line}" for line in outcome.failures[:10]))
    if options.earl:
        options.earl.write_text(earl(outcomes, options.url), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
