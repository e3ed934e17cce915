"""The command line: each command reads its arguments and calls one public function."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from earthgraph.conversion_commands import conversion_app
from earthgraph.engine_options import (
    EngineName,
    EngineOption,
    MasterOption,
    engine_beside_store,
    opened_engine,
)
from earthgraph.link_commands import link_app
from earthgraph.store_commands import StoreArgument, TimeoutOption, store_app
from earthgraph.terminal import shown_errors, text_or_file, watched

app = typer.Typer(
    name="earthgraph",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Maps and satellite products to linked data, links between them, and GeoSPARQL answers.",
)
_out, _err = Console(), Console(stderr=True)


QueryArgument = Annotated[
    str, typer.Argument(help="SPARQL text, or the name of a file that holds it.")
]
FormatOption = Annotated[
    str | None,
    typer.Option(
        help="json, xml, csv, tsv, geojson, table; for graphs nt, ttl … Default: table or json."
    ),
]
app.add_typer(conversion_app)
app.add_typer(link_app)
app.add_typer(store_app)


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
        with (
            engine_beside_store(engine, master) as other,
            watched(_err, timeout_s=timeout) as control,
        ):
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
        with opened_engine(engine, master) as opened, watched(_err) as control:
            report = run_pipeline(plan, opened, output=output, control=control)
    print_steps(_out, plan.title, report.steps)
    print_answers(_out, report.answers)


def _format_of(name: str | None) -> str:
    return name or ("table" if sys.stdout.isatty() else "json")


def _warn(warnings: Sequence[str]) -> None:
    for warning in warnings:
        _err.print(f"[yellow]warning:[/] {warning}", highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command line."""
    app()
