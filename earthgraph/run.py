"""Run a pipeline: convert, link, load, ask; each step again only when what it reads has changed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from earthgraph.answering import solutions
from earthgraph.ledger import Ledger, StepReport
from earthgraph.link_sources import LinkReaders
from earthgraph.pipeline import AskStep, ConvertStep, LinkStep, Pipeline
from endpoint.sparql.engine import query
from endpoint.store.dataset import Dataset
from endpoint.store.store import open_store
from engine.protocol import Control, Engine
from geosparql.errors import PipelineError
from geosparql.terms import Literal, Term
from geotriples.convert import convert, input_files
from geotriples.functions.user import load_functions
from geotriples.mapping.rml import read_mapping
from geotriples.options import ConvertOptions
from interlink.discover import discover
from interlink.output import LinkOutput
from interlink.sides import Reading
from ontologies.load import ONTOLOGIES, ontology_triples

STORE = "store"


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question, its rows, and each row said as a sentence."""

    question: str
    variables: tuple[str, ...]
    rows: tuple[Mapping[str, Term | None], ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PipelineReport:
    """Everything that a run made."""

    steps: tuple[StepReport, ...]
    answers: tuple[AskedQuestion, ...]
    store: Path


def run_pipeline(
    pipeline: Pipeline,
    engine: Engine,
    *,
    output: Path | None = None,
    control: Control | None = None,
) -> PipelineReport:
    """Convert, link, load and ask.

    A step runs where the content of a file that it reads, the engine or the
    version of earthgraph changed, or its output is gone. What a step makes
    stands under its final name only when it is whole.

    Parameters
    ----------
    pipeline
        The pipeline, from `read_pipeline`.
    engine
        Where relations run.
    output
        Folder for what is made; by default ``build`` beside the pipeline file.
    control
        Cancellation, deadline and progress.

    Returns
    -------
    PipelineReport
        One row a step, and the answered questions.
    """
    control = control or Control()
    folder = output or pipeline.path.parent / "build"
    folder.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(folder, engine.name)
    for convert_step in pipeline.convert:
        _convert(ledger, convert_step, engine, control)
    for link_step in pipeline.link:
        _link(ledger, link_step, engine, control)
    _load(ledger, pipeline, control)
    with open_store(folder / STORE, read_only=True) as store:
        dataset = store.dataset(None if engine.name == "duckdb" else engine)
        answers = tuple(_ask(step, dataset, control) for step in pipeline.ask)
    return PipelineReport(tuple(ledger.reports), answers, folder / STORE)


def _convert(ledger: Ledger, step: ConvertStep, engine: Engine, control: Control) -> None:
    target = ledger.folder / step.output

    functions = [found for file in step.functions for found in load_functions(file)]
    mapping = read_mapping(step.mapping, functions=functions)

    def work() -> str:
        options = ConvertOptions(provenance=True)
        report = convert(mapping, engine=engine, output=target, options=options, control=control)
        return f"{report.triples:,} triples"

    inputs = [*input_files(mapping), *step.functions]
    ledger.run("convert", step.mapping.name, inputs, target, work)


def _link(ledger: Ledger, step: LinkStep, engine: Engine, control: Control) -> None:
    target = ledger.folder / step.output
    sets = {name: [ledger.folder / file for file in files] for name, files in step.sets.items()}

    def work() -> str:
        report = discover(
            step.rules, engine=engine, output=LinkOutput(target, provenance=True), sets=sets,
            reading=Reading(LinkReaders()), control=control,
        )  # fmt: skip
        return f"{report.links:,} links"

    ledger.run("link", step.rules.name, [step.rules, *chain(*sets.values())], target, work)


def _load(ledger: Ledger, pipeline: Pipeline, control: Control) -> None:
    target = ledger.folder / STORE
    steps: tuple[ConvertStep | LinkStep, ...] = (*pipeline.convert, *pipeline.link)
    made = [ledger.folder / step.output for step in steps]
    paths = [*made, *pipeline.load.files]
    unknown = set(pipeline.load.ontologies) - set(ONTOLOGIES)
    if unknown:
        raise PipelineError(
            "[load] names an unknown ontology", where=str(pipeline.path), value=min(unknown),
            hint=f"Known: {', '.join(sorted(ONTOLOGIES))}",
        )  # fmt: skip

    def work() -> str:
        partial = target.with_name(target.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        with open_store(partial, create=True) as store:
            store.load_batches(ontology_triples(pipeline.load.ontologies), control=control)
            store.load(paths, control=control)
            triples = store.info().triples
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
        return f"{triples:,} triples in the store"

    inputs = [*paths, *(ONTOLOGIES[name].path for name in pipeline.load.ontologies)]
    ledger.run("load", STORE, inputs, target, work)


def _ask(step: AskStep, dataset: Dataset, control: Control) -> AskedQuestion:
    answer = query(dataset, step.query.read_text(encoding="utf-8"), control=control)
    rows = tuple(solutions(answer))
    sentences = tuple(say(step.sentence, row) for row in rows) if step.sentence else ()
    return AskedQuestion(step.question, tuple(answer.variables), rows, sentences)


def say(sentence: str, row: Mapping[str, Term | None]) -> str:
    """Fill the ``{variable:format}`` fields of a sentence from a solution.

    Numbers take Python's number formats; an IRI is said by its last part; an
    unbound variable as "unknown".
    """
    try:
        return sentence.format_map({name: plain(term) for name, term in row.items()})
    except (KeyError, ValueError, IndexError) as error:
        raise PipelineError(
            f"A sentence does not fit its answer ({error})", value=sentence,
            hint=f"Variables of the answer: {', '.join(row)}",
        ) from error  # fmt: skip


def plain(term: Term | None) -> str | float | int:
    """Give a term as a person would say it."""
    match term:
        case None:
            return "unknown"
        case Literal(lexical, datatype) if datatype.endswith(("#integer", "#int", "#long")):
            return int(lexical)
        case Literal(lexical, datatype) if datatype.endswith(("#decimal", "#double", "#float")):
            return float(lexical)
        case Literal(lexical):
            return lexical
        case _:
            return str(term).strip("<>").rstrip("/").replace("#", "/").rsplit("/", 1)[-1]
