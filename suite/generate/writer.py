"""Conformance classes as files: a manifest, queries, data and results of each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from suite.generate.model import ConformanceClass, Entry, Expected

_HEAD = """\
@prefix mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#> .
@prefix qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#> .
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix ent: <http://www.w3.org/ns/entailment/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix geof: <http://www.opengis.net/def/function/geosparql/> .
@prefix ogcs: <https://w3id.org/earthgraph/geosparql-suite#> .
"""
_SHORT = {
    "http://www.opengis.net/def/function/geosparql/": "geof:",
    "http://www.opengis.net/ont/geosparql#": "geo:",
}


def write_suite(folder: Path, classes: tuple[ConformanceClass, ...]) -> None:
    """Write the whole suite anew: what stood there before is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    includes = " ".join(f"<{c.folder}/manifest.ttl>" for c in classes)
    (folder / "manifest.ttl").write_text(
        f'{_HEAD}\n<> a mf:Manifest ;\n  rdfs:label "GeoSPARQL 1.1" ;\n'
        f"  mf:include ( {includes} ) .\n"
    )
    for conformance_class in classes:
        _write_class(folder / conformance_class.folder, conformance_class)


def _write_class(folder: Path, conformance_class: ConformanceClass) -> None:
    names = [entry.name for entry in conformance_class.entries]
    if len(set(names)) < len(names):
        raise ValueError(f"a name is given twice in {conformance_class.folder}")
    folder.mkdir()
    known: dict[str, str] = {}
    entries = []
    for entry in conformance_class.entries:
        (folder / f"{entry.name}.rq").write_text(entry.query)
        (folder / f"{entry.name}.srj").write_text(_results(entry.expected))
        if entry.data is not None and entry.data not in known:
            known[entry.data] = f"data-{len(known) + 1}.ttl"
            (folder / known[entry.data]).write_text(entry.data)
        entries.append("\n".join(_entry(entry, known)))
    listed = "\n".join(f"    <#{name}>" for name in names)
    (folder / "manifest.ttl").write_text(
        f"{_HEAD}\n<> a mf:Manifest ;\n  rdfs:label {_string(conformance_class.label)} ;\n"
        f"  ogcs:conformanceClass <{conformance_class.iri}> ;\n"
        f"  mf:entries (\n{listed}\n  ) .\n\n" + "\n\n".join(entries) + "\n"
    )


def _entry(entry: Entry, data: dict[str, str]) -> Iterator[str]:
    yield f"<#{entry.name}> a mf:QueryEvaluationTest ;"
    yield f"  mf:name {_string(entry.name)} ;"
    yield f"  rdfs:comment {_string(entry.comment)} ;"
    yield f"  mf:feature <{entry.requirement}> ;"
    if entry.tests:
        yield f"  ogcs:tests {' , '.join(map(_iri, entry.tests))} ;"
    if entry.reading:
        yield f"  ogcs:question {_string(entry.reading.question)} ;"
        yield f"  ogcs:answer {_string(entry.reading.answer)} ;"
    action = [f"qt:query <{entry.name}.rq>"]
    if entry.data is not None:
        action.append(f"qt:data <{data[entry.data]}>")
    if entry.regime:
        action.append(f"sd:entailmentRegime ent:{entry.regime}")
    yield f"  mf:action [ {' ; '.join(action)} ] ;"
    yield f"  mf:result <{entry.name}.srj> ."


def _iri(value: str) -> str:
    for namespace, prefix in _SHORT.items():
        if value.startswith(namespace):
            return prefix + value.removeprefix(namespace)
    return f"<{value}>"


def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _results(expected: Expected) -> str:
    """Give SPARQL JSON results, a solution a line."""
    if isinstance(expected, bool):
        return json.dumps({"head": {}, "boolean": expected}) + "\n"
    names = list(dict.fromkeys(name for row in expected for name in row))
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in expected)
    head = json.dumps({"vars": names})
    return f'{{"head": {head}, "results": {{"bindings": [\n{rows}\n]}}}}\n'
