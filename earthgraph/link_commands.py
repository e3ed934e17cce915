"""Commands of linking."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from earthgraph.engine_options import EngineName, EngineOption, MasterOption, opened_engine
from earthgraph.tables import print_report
from earthgraph.terminal import shown_errors, watched

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
    rules: Annotated[Path, typer.Argument(help="Rule file (TOML).")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="File (.nt .nq .ttl, .gz) or triple Parquet folder. Without it links are counted.",
        ),
    ] = None,
    problems: Annotated[
        Path | None,
        typer.Option(
            help="File (.jsonl) for geometries that were repaired or not linked, and why."
        ),
    ] = None,
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

    `earthgraph link rules.toml -o best.nt --budget-seconds 30`
    """
    from earthgraph.link_sources import LinkReaders
    from interlink.discover import discover
    from interlink.methods import Method
    from interlink.progressive.order import Order
    from interlink.progressive.run import Budget
    from interlink.sides import Reading

    with shown_errors(_err):
        limits = None
        if budget is not None or budget_seconds is not None:
            limits = Budget(budget, budget_seconds)
        elif weight or second_weight or scheme or dynamic:
            raise typer.BadParameter("an order needs --budget or --budget-seconds")
        name = weight or ("likely" if budget_seconds is None else "cost")
        combining = scheme or SchemeName("composite" if second_weight else "single")
        order = Order(name, second_weight, combining.value, dynamic)
        method = Method(filter.value if filter else None, limits, order, explain)
        with opened_engine(engine, master) as opened, watched(_err) as control:
            reading = Reading(LinkReaders(), problems)
            report = discover(
                rules, engine=opened, output=output, method=method, reading=reading,
                control=control,
            )  # fmt: skip
    print_report(_err, "link", report)


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
