"""Commands on one store: load, update, export, backup, optimize, info."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from earthgraph.tables import print_info, print_report
from earthgraph.terminal import shown_errors, text_or_file, watched

store_app = typer.Typer()
_out, _err = Console(), Console(stderr=True)

StoreArgument = Annotated[Path, typer.Argument(help="Store directory.")]
TimeoutOption = Annotated[
    float | None, typer.Option("--timeout", help="Seconds after which the work ends with an error.")
]


class OnError(StrEnum):
    """What a load does about what cannot be read."""

    stop = "stop"
    collect = "collect"


@store_app.command()
def load(
    store: StoreArgument,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="RDF files (.nt .nq .ttl .trig .rdf .jsonld, .gz …) or triple Parquet folders."
        ),
    ],
    graph: Annotated[str | None, typer.Option(help="IRI of the named graph to load into.")] = None,
    on_error: Annotated[
        OnError,
        typer.Option(
            help="stop at the first thing that cannot be read and load nothing, or leave out "
            "lines (.nt .nq) and documents (others) and report them."
        ),
    ] = OnError.stop,
) -> None:
    """Load files into a store; the store is made where there is none.

    A load that fails or is killed leaves the store as it was.

    Examples
    --------
    `earthgraph load mystore parcels.nt.gz links.nt`

    `earthgraph load mystore crawl/*.nq.gz --on-error collect`
    """
    from endpoint.store.store import open_store

    with shown_errors(_err), open_store(store, create=True) as opened, watched(_err) as control:
        report = opened.load(files, graph=graph, on_error=on_error.value, control=control)
    print_report(_err, "load", report)


@store_app.command()
def update(
    store: StoreArgument,
    request: Annotated[
        str, typer.Argument(help="SPARQL Update text, or the name of a file that holds it.")
    ],
    timeout: TimeoutOption = None,
) -> None:
    """Change a store by a SPARQL Update request, all of it or nothing.

    Examples
    --------
    `earthgraph update mystore cleaning.ru`

    `earthgraph update mystore "DELETE WHERE { ?s <http://example.org/draft> ?o }"`
    """
    from endpoint.sparql.update import update as run
    from endpoint.store.store import open_store

    with (
        shown_errors(_err),
        open_store(store) as opened,
        watched(_err, timeout_s=timeout) as control,
    ):
        report = run(opened, text_or_file(request), control=control)
    print_report(_err, "update", report)


@store_app.command()
def export(
    store: StoreArgument,
    output: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="File (.nt .nq .ttl .trig .rdf .jsonld, .gz …) or Parquet folder."
        ),
    ],
    graph: Annotated[str | None, typer.Option(help="IRI of the one graph to write.")] = None,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Write a triple Parquet folder, whatever its name.")
    ] = False,
) -> None:
    """Write a store's triples, letter for letter as they were stored.

    Examples
    --------
    `earthgraph export mystore all.nq.gz`

    `earthgraph export mystore ice.ttl --graph http://example.org/ice`

    `earthgraph export mystore triples --parquet`
    """
    from endpoint.store.store import open_store
    from geosparql.terms import IRI

    with shown_errors(_err), open_store(store, read_only=True) as opened:
        named = None if graph is None else IRI(graph)
        with watched(_err) as control:
            written = opened.export(output, graph=named, parquet=parquet, control=control)
    _err.print(f"{written:,} triples written to {output}", highlight=False, soft_wrap=True)


@store_app.command()
def backup(
    store: StoreArgument,
    directory: Annotated[Path, typer.Argument(help="New directory; it becomes a store itself.")],
) -> None:
    """Copy a store as it is published, while others read and write it.

    Example: `earthgraph backup mystore backups/mystore-monday`
    """
    from endpoint.store.store import open_store

    with shown_errors(_err), open_store(store, read_only=True) as opened:
        opened.backup(directory)
    _err.print(f"copied to {directory}", highlight=False, soft_wrap=True)


@store_app.command()
def optimize(store: StoreArgument) -> None:
    """Drop terms that nothing uses, put the tables in order, count the statistics exactly.

    Example: `earthgraph optimize mystore`
    """
    from endpoint.store.store import open_store

    with shown_errors(_err), open_store(store) as opened, watched(_err) as control:
        dropped = opened.optimize(control=control)
    _err.print(f"{dropped:,} unused terms dropped", highlight=False)


@store_app.command()
def info(
    store: StoreArgument,
    rows: Annotated[
        int, typer.Option(help="How many classes, predicates and graphs to show.")
    ] = 20,
) -> None:
    """Tell what a store holds: counts per class, predicate and graph, extent, CRS.

    Example: `earthgraph info mystore --rows 50`
    """
    from endpoint.store.store import open_store

    with shown_errors(_err), open_store(store, read_only=True) as opened:
        print_info(_out, str(store), opened.info(), rows)
