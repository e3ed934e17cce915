"""The command line: each command reads its arguments and calls one public function."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from earthgraph.store_commands import StoreArgument, TimeoutOption, store_app
from earthgraph.tables import print_report
from earthgraph.terminal import WITH_ERRORS, shown_errors, text_or_file, watched
from engine.protocol import Engine

app = typer.Typer(
    name="earthgraph",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Maps and satellite products to linked data, links between them, and GeoSPARQL answers.",
)
_out, _err = Console(), Console(stderr=True)


class EngineName(StrEnum):
    """The two engines."""

    duckdb = "duckdb"
    spark = "spark"


class OnErrorName(StrEnum):
    """What happens at a bad value."""

    stop = "stop"
    skip = "skip"
    collect = "collect"


OutputOption = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        help="File (.nt .nq .ttl, .gz) or triple Parquet folder. "
        "Without it convert writes MAPPING's name.nt here and link only counts.",
    ),
]
MappingArgument = Annotated[Path, typer.Argument(help="Mapping file: RML, R2RML or YARRRML.")]
DatabaseOption = Annotated[
    str | None, typer.Option(help="URL of the database that R2RML and egr:Database read.")
]
FunctionsOption = Annotated[
    list[Path] | None, typer.Option(help="Python file of functions that the mapping may call.")
]
EngineOption = Annotated[EngineName, typer.Option(help="Where the work runs.")]
MasterOption = Annotated[
    str | None,
    typer.Option(
        help="Spark master (local[4], spark://host:7077) or Spark Connect URL (sc://host)."
    ),
]
QueryArgument = Annotated[
    str, typer.Argument(help="SPARQL text, or the name of a file that holds it.")
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        help="json, xml, csv, tsv, geojson, table; for graphs nt, ttl … Default: table or json."
    ),
]
app.add_typer(store_app)


@app.command()
def convert(  # noqa: PLR0913, PLR0917 - one for each option
    mapping: MappingArgument,
    output: OutputOption = None,
    database: DatabaseOption = None,
    functions: FunctionsOption = None,
    star: Annotated[
        bool, typer.Option("--star", help="Write quoted triples as RDF-star, not as RDF 1.2.")
    ] = False,
    on_error: Annotated[
        OnErrorName, typer.Option(help="At a bad value: stop, skip it, or collect it in a file.")
    ] = OnErrorName.stop,
    rejects: Annotated[
        Path | None,
        typer.Option(help="File of collected rows (.jsonl, .csv); default: OUTPUT.rejects.jsonl."),
    ] = None,
    distinct: Annotated[bool, typer.Option(help="Write each triple once.")] = False,
    since: Annotated[
        Path | None,
        typer.Option(help="Previous output: also write OUTPUT.added.nq and OUTPUT.removed.nq."),
    ] = None,
    provenance: Annotated[
        bool,
        typer.Option("--provenance", help="Describe the run in OUTPUT.prov.ttl (PROV-O, VoID)."),
    ] = False,
    engine: EngineOption = EngineName.duckdb,
    master: MasterOption = None,
) -> None:
    """Convert sources to RDF through a mapping file.

    The exit code is 3 where bad values were skipped or collected.

    Examples
    --------
    `earthgraph convert parcels.rml.ttl -o parcels.nt.gz`

    `earthgraph convert ice.rml.ttl -o ice/ --engine spark --master spark://host:7077`
    """
    from geotriples.changes import write_changes
    from geotriples.convert import convert as run
    from geotriples.functions.user import load_functions
    from geotriples.mapping.rml import read_mapping

    if since is not None and output is not None and since.resolve() == output.resolve():
        raise typer.BadParameter("--since must name another file than the output")
    with shown_errors(_err), _engine(engine, master) as opened, watched(_err) as control:
        loaded = [found for file in functions or () for found in load_functions(file)]
        read = read_mapping(mapping, database=database, functions=loaded)
        report = run(
            read, engine=opened, output=output, control=control,
            on_error=on_error.value, rejects=rejects, distinct=distinct, star=star,
            provenance=provenance,
        )  # fmt: skip
        if since is not None:
            write_changes(opened, since, report.output, control=control)
    print_report(_err, "convert", report)
    if report.errors:
        raise typer.Exit(WITH_ERRORS)


@app.command()
def draft(
    source: Annotated[str, typer.Argument(help="File, or URL of a database.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Mapping file to write; default: standard output."),
    ] = None,
    base: Annotated[
        str, typer.Option(help="Beginning of the IRIs that the mapping makes.")
    ] = "https://example.org/",
    layer: Annotated[
        str | None, typer.Option(help="The only layer or table; default: all.")
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="CRS IRI of coordinates whose CRS the source does not state.")
    ] = None,
) -> None:
    """Propose a mapping of a source, which runs as it is.

    Examples
    --------
    `earthgraph draft parcels.gpkg --base https://example.org/farms/ -o parcels.rml.ttl`

    `earthgraph draft postgresql://host/name --layer roads`
    """
    from engine.triple_files import replaced_path
    from geotriples.draft import draft as run

    with shown_errors(_err):
        folder = None if output is None else output.parent
        text = run(source, folder=folder, base_iri=base, layer=layer, crs=crs)
        if output is None:
            sys.stdout.write(text)
            return
        with replaced_path(output) as partial:
            partial.write_text(text, encoding="utf-8")


@app.command()
def check(
    mapping: MappingArgument,
    database: DatabaseOption = None,
    functions: FunctionsOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the findings as a JSON array.")
    ] = False,
) -> None:
    """Check a mapping against its sources without converting; exit code 65 where it has errors.

    Example: `earthgraph check parcels.rml.ttl --json`
    """
    from earthgraph.checking import print_findings
    from geotriples.check import check as run
    from geotriples.functions.user import load_functions

    with shown_errors(_err), _engine(EngineName.duckdb, None) as opened:
        loaded = [found for file in functions or () for found in load_functions(file)]
        findings = run(mapping, engine=opened, database=database, functions=loaded)
    sys.exit(print_findings(findings, sys.stdout, as_json=as_json))


@app.command()
def link(
    rules: Annotated[Path, typer.Argument(help="Rule file (TOML).")],
    output: OutputOption = None,
    engine: EngineOption = EngineName.duckdb,
    master: MasterOption = None,
) -> None:
    """Discover spatial links between two sets of features.

    Examples
    --------
    `earthgraph link icebergs_in_ice.toml -o links.nt`

    `earthgraph link rules.toml -o links/ --engine spark`
    """
    from interlink.discover import discover

    with shown_errors(_err), _engine(engine, master) as opened, watched(_err) as control:
        report = discover(rules, engine=opened, output=output, control=control)
    print_report(_err, "link", report)


@app.command()
def query(
    store: StoreArgument,
    query: QueryArgument,
    format: FormatOption = None,
    engine: EngineOption = EngineName.duckdb,
    master: MasterOption = None,
    timeout: TimeoutOption = None,
    explain: Annotated[
        int,
        typer.Option("--explain", count=True, help="Tell how it is answered; twice: run it too."),
    ] = 0,
) -> None:
    """Ask a store one GeoSPARQL query.

    Examples
    --------
    `earthgraph query mystore question.rq --format geojson > answer.geojson`

    `earthgraph query mystore "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"`
    """
    from earthgraph.answering import StoreAnswerer
    from endpoint.sparql.results import write_results
    from endpoint.store.store import open_store

    with shown_errors(_err), open_store(store, read_only=True) as opened:
        with _engine_or_none(engine, master) as other, watched(_err, timeout_s=timeout) as control:
            answerer, text = StoreAnswerer(opened, other), text_or_file(query)
            if explain:
                told = answerer.explain(text, run=explain > 1, control=control)
                sys.stdout.write(told.as_json() if format == "json" else told.text())
                return
            answer = answerer.query(text, control=control)
            write_results(answer, sys.stdout.buffer, _format_of(format))
        _warn(answer.warnings)


@app.command()
def federate(
    members: Annotated[Path, typer.Argument(help="Members file (TOML).")],
    query: QueryArgument,
    format: FormatOption = None,
    timeout: TimeoutOption = None,
) -> None:
    """Ask one query over several endpoints and stores.

    Example: `earthgraph federate members.toml question.rq --format table`
    """
    from endpoint.sparql.results import write_results
    from federation.federate import federate as run
    from federation.federate import read_members

    with shown_errors(_err), watched(_err, timeout_s=timeout) as control:
        answer = run(read_members(members), text_or_file(query), control=control)
        write_results(answer, sys.stdout.buffer, _format_of(format))
    _warn(answer.warnings)


@app.command()
def serve(
    store: StoreArgument,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8585,
    config: Annotated[
        Path | None,
        typer.Option(help="Server settings (TOML): roles, tokens, limits. Without: read-only."),
    ] = None,
    background: Annotated[
        bool, typer.Option("--background", help="Leave the server running and return.")
    ] = False,
) -> None:
    """Serve a store over HTTP: GeoSPARQL at /sparql, graphs at /store, STAC at /stac.

    Examples
    --------
    `earthgraph serve mystore --port 8585`

    `earthgraph serve mystore --config server.toml`
    """
    from earthgraph.serving import serve_store, start_in_background

    with shown_errors(_err):
        if background:
            started = start_in_background(store, host, port, config)
            _out.print(started.greeting(), markup=False, highlight=False, soft_wrap=True)
        else:
            serve_store(store, host, port, config)


@app.command()
def token() -> None:
    """Make a token for a server, and the line for its settings file.

    The token is shown this once; the settings hold its SHA-256 only.
    """
    import secrets

    from endpoint.http.settings import token_hash

    made = secrets.token_urlsafe(32)
    _out.print(f"token:   {made}", markup=False, highlight=False, soft_wrap=True)
    line = f'tokens = ["sha256:{token_hash(made)}"]'
    _out.print(f"setting: {line}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def run(
    pipeline: Annotated[Path, typer.Argument(help="Pipeline file (TOML).")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Folder for what is made; default: build beside the pipeline file.",
        ),
    ] = None,
    engine: EngineOption = EngineName.duckdb,
    master: MasterOption = None,
) -> None:
    """Convert, link, load and ask, as a pipeline file says; skip what did not change.

    Example: `earthgraph run data/polar/pipeline.toml`
    """
    from earthgraph.pipeline import read_pipeline
    from earthgraph.run import run_pipeline
    from earthgraph.tables import print_answers, print_steps

    with shown_errors(_err):
        plan = read_pipeline(pipeline)
        with _engine(engine, master) as opened, watched(_err) as control:
            report = run_pipeline(plan, opened, output=output, control=control)
    print_steps(_out, plan.title, report.steps)
    print_answers(_out, report.answers)


@contextmanager
def _engine(name: EngineName, master: str | None) -> Iterator[Engine]:
    from engine import open_engine

    opened = open_engine(name.value, master=master)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def _engine_or_none(name: EngineName, master: str | None) -> Iterator[Engine | None]:
    """Give None for DuckDB: the store brings its own."""
    if name is EngineName.duckdb:
        yield None
    else:
        with _engine(name, master) as opened:
            yield opened


def _format_of(name: str | None) -> str:
    return name or ("table" if sys.stdout.isatty() else "json")


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        _err.print(f"[yellow]warning:[/] {warning}", highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command line."""
    app()
