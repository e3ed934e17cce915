"""Commands of linking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from earthgraph.engine_options import EngineName, EngineOption, MasterOption, opened_engine
from earthgraph.tables import print_report
from earthgraph.terminal import shown_errors, watched
from engine.protocol import Control

if TYPE_CHECKING:
    from interlink.output import LinkOutput

link_app = typer.Typer()
_out, _err = Console(), Console(stderr=True)


class FilterName(StrEnum):
    """How pairs whose boxes meet are found."""

    packed = "packed"
    rtree = "rtree"
    grid = "grid"


class SchemeName(StrEnum):
    """How two weights combine."""

    single = "single"
    composite = "composite"
    hybrid = "hybrid"


@link_app.command()
def link(  # noqa: PLR0913, PLR0917 - one for each option
    rules: Annotated[Path, typer.Argument(help="Rule file (TOML or Turtle).")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="File (.nt .nq .ttl, .gz), triple Parquet folder, or a store that is there. "
            "Without it links are counted.",
        ),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(
            help="Load the links into this store instead; it is made where there is none."
        ),
    ] = None,
    provenance: Annotated[
        bool,
        typer.Option("--provenance", help="Describe the links (VoID) and the run (PROV-O) too."),
    ] = False,
    problems: Annotated[
        Path | None,
        typer.Option(
            help="File (.jsonl) for geometries that were repaired or not linked, and why."
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Check the rules and the columns of files; link nothing."),
    ] = False,
    budget: Annotated[
        int | None,
        typer.Option(min=1, help="Verify so many pairs only, the most promising first."),
    ] = None,
    budget_seconds: Annotated[
        float | None,
        typer.Option(min=0, help="Find pairs for so long only, the most promising first."),
    ] = None,
    weight: Annotated[
        str | None,
        typer.Option(
            help="What makes a pair promising: likely, cost, cf, js, x2, mbro, isp. "
            "Default: cost for seconds, else likely."
        ),
    ] = None,
    second_weight: Annotated[
        str | None, typer.Option(help="A second weight, for the schemes composite and hybrid.")
    ] = None,
    scheme: Annotated[
        SchemeName | None,
        typer.Option(help="The second weight breaks ties (composite) or multiplies (hybrid)."),
    ] = None,
    dynamic: Annotated[
        bool, typer.Option("--dynamic", help="Prefer pairs that share a feature with links found.")
    ] = False,
    filter: Annotated[
        FilterName | None,
        typer.Option(help="How candidates of relations are found. Default: the engine's own way."),
    ] = None,
    keep_state: Annotated[
        bool,
        typer.Option("--keep-state", help="Leave OUTPUT.state beside the output, for --update."),
    ] = False,
    update: Annotated[
        Path | None,
        typer.Option(
            help="Previous output with a state: join only what changed since; also write "
            "OUTPUT.added.nq and OUTPUT.removed.nq."
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Tell what was done: candidates, filters, time by stage."),
    ] = False,
    engine: EngineOption = EngineName.duckdb,
    master: MasterOption = None,
) -> None:
    """Discover spatial links between two sets of features.

    Examples
    --------
    `earthgraph link icebergs_in_ice.toml -o links.nt`

    `earthgraph link rules.toml -o links/ --engine spark`

    `earthgraph link rules.toml --store mystore --provenance`

    `earthgraph link rules.toml -o best.nt --budget-seconds 30`

    `earthgraph link rules.ttl --check`

    `earthgraph link rules.toml -o tuesday.nt --update monday.nt`
    """
    from earthgraph.link_sources import LinkReaders
    from geotriples.changes import write_changes
    from interlink.discover import discover
    from interlink.methods import Method
    from interlink.progressive.order import Order
    from interlink.progressive.run import Budget
    from interlink.sides import Reading

    if update is not None and (output is None or update.resolve() == output.resolve()):
        raise typer.BadParameter("--update needs another output than the previous one")
    with shown_errors(_err):
        if check:
            _check(rules)
            return
        limits = None
        if budget is not None or budget_seconds is not None:
            limits = Budget(budget, budget_seconds)
        elif weight or second_weight or scheme or dynamic:
            raise typer.BadParameter("an order needs --budget or --budget-seconds")
        name = weight or ("likely" if budget_seconds is None else "cost")
        combining = scheme or SchemeName("composite" if second_weight else "single")
        order = Order(name, second_weight, combining.value, dynamic)
        method = Method(
            filter.value if filter else None, limits, order, explain, keep_state, update
        )
        with (
            opened_engine(engine, master) as opened,
            watched(_err) as control,
            _target(output, store, provenance, control) as target,
        ):
            report = discover(
                rules, engine=opened, output=target, method=method,
                reading=Reading(LinkReaders(), problems), control=control,
            )  # fmt: skip
            if update is not None and output is not None:
                write_changes(opened, update, output, control=control)
    print_report(_err, "link", report)


def _check(rules: Path) -> None:
    """Read rules and what they say of files, and tell that all is well."""
    from earthgraph.link_sources import LinkReaders
    from interlink.rules.read import read_rules
    from interlink.sides import check_sources

    read = read_rules(rules)
    check_sources(read, LinkReaders())
    _out.print(f"{rules}: no errors, {len(read.links)} link rules", soft_wrap=True)


@contextmanager
def _target(
    output: Path | None, store: Path | None, provenance: bool, control: Control
) -> Iterator[LinkOutput | None]:
    """Give where links go: a file, a folder, a store, or nowhere."""
    from endpoint.store.files import is_store
    from endpoint.store.store import open_store
    from interlink.output import LinkOutput

    if output is not None and store is not None:
        raise typer.BadParameter("links go either to --output or into --store")
    if output is not None and is_store(output):
        store = output
    if store is None:
        yield None if output is None else LinkOutput(output, provenance)
        return
    with open_store(store, create=True) as opened:
        load = partial(opened.load_batches, name="links", control=control)
        yield LinkOutput(load, provenance)


@link_app.command()
def evaluate(
    links: Annotated[Path, typer.Argument(help="Links: RDF file or triple Parquet folder.")],
    reference: Annotated[Path, typer.Argument(help="What they should be, in the same forms.")],
    missed: Annotated[
        Path | None, typer.Option(help="File (.nt …) for the links that were not found.")
    ] = None,
    false: Annotated[
        Path | None, typer.Option(help="File (.nt …) for the links that are not right.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the figures as JSON.")] = False,
) -> None:
    """Compare links with a reference: precision, recall and F of each predicate.

    Example: `earthgraph evaluate links.nt reference.nt --missed missed.nt`
    """
    from earthgraph.tables import agreement_json, print_agreement
    from interlink.evaluate import evaluate as run

    with shown_errors(_err), opened_engine(EngineName.duckdb) as opened, watched(_err) as control:
        result = run(opened, links, reference, missed=missed, false=false, control=control)
    if as_json:
        typer.echo(agreement_json(result))
    else:
        print_agreement(_out, result)
