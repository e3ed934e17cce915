"""Reports and answers as tables and sentences for a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from earthgraph.ledger import StepReport

if TYPE_CHECKING:
    from earthgraph.run import AskedQuestion
    from endpoint.store.info import StoreInfo
    from interlink.evaluate import Evaluation

SHOWN_ROWS = 12
AGREEMENT = ("found", "reference", "correct", "precision", "recall", "f_measure")


def print_report(console: Console, title: str, report: Any) -> None:
    """Print a stage's report, one line a field, one line an entry of a mapping.

    Parameters
    ----------
    console
        Where to print.
    title
        Name of the stage.
    report
        A frozen dataclass of counts, texts and mappings from text to count.
    """
    table = Table("", "", title=title, show_header=False, title_justify="left")
    for field in fields(report):
        value = getattr(report, field.name)
        label = field.name.replace("_", " ")
        if isinstance(value, Mapping):
            for key, count in value.items():
                table.add_row(f"{label}: {key}", _text(count))
        elif value not in (None, (), ""):
            table.add_row(label, _text(value))
    console.print(table)


def print_info(console: Console, title: str, info: StoreInfo, rows: int) -> None:
    """Print what a store holds; at most so many rows of each list."""
    table = Table("", "", title=title, show_header=False, title_justify="left")
    for label in ("triples", "terms", "geometries", "unreadable_geometries"):
        table.add_row(label.replace("_", " "), _text(getattr(info, label)))
    if info.extent is not None:
        sides = ("west", "south", "east", "north")
        shown = (f"{side} {value:.6g}" for side, value in zip(sides, info.extent, strict=True))
        table.add_row("extent (degrees)", ", ".join(shown))
    table.add_row("data version", _text(info.data_version))
    console.print(table)
    for label in ("classes", "predicates", "graphs", "crs"):
        _print_counts(console, label, getattr(info, label), rows)


def _print_counts(
    console: Console, label: str, counts: Sequence[tuple[object, int]], rows: int
) -> None:
    if not counts:
        return
    shown = min(rows, len(counts))
    title = f"{len(counts):,} {label}" + (f", the first {shown}" if shown < len(counts) else "")
    table = Table("", "count", title=title, title_justify="left")
    table.columns[1].justify = "right"
    for name, count in counts[:shown]:
        named = "default graph" if name is None else str(getattr(name, "value", name))
        table.add_row(Text(named, overflow="fold"), _text(count))
    console.print(table)


def _text(value: object) -> Text:
    match value:
        case None:
            return Text("-")
        case bool() | str() | Path():
            return Text(str(value))
        case int():
            return Text(f"{value:,}")
        case float():
            return Text(f"{value:,.2f}")
        case Sequence():
            return Text("\n".join(str(item) for item in value[:SHOWN_ROWS]))
        case _:
            return Text(str(value))


def print_steps(console: Console, title: str, steps: Sequence[StepReport]) -> None:
    """Print what a pipeline made, one line a step."""
    table = Table("step", "of", "made", "seconds", title=title, title_justify="left")
    for step in steps:
        seconds = "unchanged" if step.skipped else f"{step.seconds:.1f}"
        table.add_row(step.step, Text(step.reads), step.made, seconds)
    console.print(table)


def print_answers(console: Console, answers: Sequence[AskedQuestion]) -> None:
    """Print each question, its answer in plain words, and its rows."""
    for number, asked in enumerate(answers, start=1):
        console.print(f"\n[bold]{number}. {asked.question}[/]", highlight=False, soft_wrap=True)
        for sentence in asked.sentences[:SHOWN_ROWS]:
            console.print(f"   {sentence}", markup=False, highlight=False, soft_wrap=True)
        table = Table(*asked.variables)
        for row in asked.rows[:SHOWN_ROWS]:
            table.add_row(*(_cell(row.get(name)) for name in asked.variables))
        console.print(table)
        console.print(_row_count(len(asked.rows)), style="dim")


def print_agreement(console: Console, result: Evaluation) -> None:
    """Print how links agree with a reference, one line a predicate and one for all."""
    table = Table("", *AGREEMENT)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, row in (*result.by_predicate.items(), ("all", result.all)):
        values = (getattr(row, label) for label in AGREEMENT)
        cells = (f"{value:.3f}" if isinstance(value, float) else _text(value) for value in values)
        table.add_row(Text(name, overflow="fold"), *cells)
    console.print(table)


def agreement_json(result: Evaluation) -> str:
    """Give the same figures as a JSON object; null where one is not defined."""
    rows = (*result.by_predicate.items(), ("all", result.all))
    figures = {name: {label: getattr(row, label) for label in AGREEMENT} for name, row in rows}
    return json.dumps(figures, indent=2)


def _row_count(rows: int) -> str:
    shown = f", the first {SHOWN_ROWS} shown" if rows > SHOWN_ROWS else ""
    return f"   {rows:,} row{'' if rows == 1 else 's'}{shown}"


def _cell(term: object) -> Text:
    from earthgraph.run import plain

    value = plain(term)  # type: ignore[arg-type]
    return Text(f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value))
