"""Commands of conversion: convert, draft, check."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from earthgraph.engine_options import EngineName, EngineOption, MasterOption, opened_engine
from earthgraph.tables import print_report
from earthgraph.terminal import WITH_ERRORS, shown_errors, text_or_file, watched

conversion_app = typer.Typer()
_err = Console(stderr=True)

MappingArgument = Annotated[Path, typer.Argument(help="Mapping file: RML, R2RML or YARRRML.")]
DatabaseOption = Annotated[
    str | None, typer.Option(help="URL of the database that R2RML and egr:Database read.")
]
FunctionsOption = Annotated[
    list[Path] | None, typer.Option(help="Python file of functions that the mapping may call.")
]
AllowRootOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--allow-root",
        help="Folder that the mapping may read files in. With this or --allow-host given, "
        "it may touch nothing else.",
    ),
]
AllowHostOption = Annotated[
    list[str] | None,
    typer.Option("--allow-host", help="Host (with :port) or bucket that the mapping may ask."),
]


class ChangesName(StrEnum):
    """How changes are written."""

    files = "files"
    patch = "patch"
    update = "update"


class OnErrorName(StrEnum):
    """What happens at a bad value."""

    stop = "stop"
    skip = "skip"
    collect = "collect"


@conversion_app.command()
def convert(  # noqa: PLR0913, PLR0917 - one for each option
    mapping: MappingArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="File (.nt .nq .ttl, .gz) or triple Parquet folder; default: MAPPING's name.nt.",
        ),
    ] = None,
    database: DatabaseOption = None,
    functions: FunctionsOption = None,
    allow_root: AllowRootOption = None,
    allow_host: AllowHostOption = None,
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
        typer.Option(help="Previous output, not the one written: also write what has changed."),
    ] = None,
    changes: Annotated[
        ChangesName,
        typer.Option(
            help="With --since: files (OUTPUT.added.nq, .removed.nq), patch (OUTPUT.changes.rdfp) "
            "or update (OUTPUT.changes.ru, SPARQL)."
        ),
    ] = ChangesName.files,
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

    `earthgraph convert theirs.rml.ttl --allow-root uploads --allow-host data.example.org`

    `earthgraph convert ice.rml.ttl -o ice/ --engine spark --master spark://host:7077`
    """
    from geotriples.access import only, restricted
    from geotriples.changes import check_previous, write_changes
    from geotriples.convert import convert as run
    from geotriples.convert import default_output
    from geotriples.functions.user import load_functions
    from geotriples.mapping.rml import read_mapping
    from geotriples.options import ConvertOptions

    with shown_errors(_err), opened_engine(engine, master) as opened, watched(_err) as control:
        access = only(allow_root or (), allow_host or ())
        loaded = [found for file in functions or () for found in load_functions(file)]
        read = restricted(read_mapping(mapping, database=database, functions=loaded), access)
        if since is not None:
            check_previous(since, output or default_output(read))
        options = ConvertOptions(
            on_error=on_error.value, rejects=rejects, distinct=distinct, star=star,
            provenance=provenance,
        )  # fmt: skip
        report = run(read, engine=opened, output=output, options=options, control=control)
        if since is not None:
            write_changes(opened, since, report.output, written=changes.value, control=control)
    print_report(_err, "convert", report)
    if report.errors:
        raise typer.Exit(WITH_ERRORS)


@conversion_app.command()
def draft(
    source: Annotated[
        str, typer.Argument(help="File, or URL of a database, features or SPARQL endpoint.")
    ],
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
    query: Annotated[
        str | None,
        typer.Option(help="SELECT query (text or file) of a SPARQL endpoint or RDF file."),
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
        asked = None if query is None else text_or_file(query)
        text = run(source, folder=folder, base_iri=base, layer=layer, crs=crs, query=asked)
        if output is None:
            sys.stdout.write(text)
            return
        with replaced_path(output) as partial:
            partial.write_text(text, encoding="utf-8")


@conversion_app.command()
def check(
    mapping: MappingArgument,
    database: DatabaseOption = None,
    functions: FunctionsOption = None,
    allow_root: AllowRootOption = None,
    allow_host: AllowHostOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the findings as a JSON array.")
    ] = False,
) -> None:
    """Check a mapping against its sources without converting; exit code 65 where it has errors.

    Example: `earthgraph check parcels.rml.ttl --json`
    """
    from earthgraph.checking import print_findings
    from geotriples.access import only
    from geotriples.check import check as run
    from geotriples.functions.user import load_functions

    with shown_errors(_err), opened_engine(EngineName.duckdb) as opened:
        access = only(allow_root or (), allow_host or ())
        loaded = [found for file in functions or () for found in load_functions(file)]
        findings = run(mapping, engine=opened, database=database, functions=loaded, access=access)
    sys.exit(print_findings(findings, sys.stdout, as_json=as_json))
