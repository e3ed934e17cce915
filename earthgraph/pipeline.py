"""The pipeline file: convert, link, load and ask, described in TOML.

::

    name = "polar"
    title = "Sea ice, icebergs and places in Melville Bay"

    [[convert]]
    mapping = "mappings/ice_chart.ttl"
    output = "ice_chart.nt.gz"
    functions = ["mappings/ice_codes.py"]

    [[link]]
    rules = "rules/icebergs_in_ice.toml"
    output = "icebergs_in_ice.nt.gz"
    sets = { icebergs = ["icebergs.nt.gz"], ice = ["ice_chart.nt.gz"] }

    [load]
    ontologies = ["geosparql", "product", "ice"]
    files = ["notes.ttl"]

    [[ask]]
    question = "Which products show more than 20 % multi-year ice within 50 km of a named place?"
    query = "questions/multi_year_near_places.rq"
    sentence = "{product} shows {share:.0%} multi-year ice within 50 km of {place}."

Mappings, their functions, rules, questions and `load.files` are found beside the pipeline file;
outputs, and the `sets` that a link step reads, in the output folder. Every
output is loaded into ``<output folder>/store``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geosparql.errors import PipelineError


@dataclass(frozen=True, slots=True)
class ConvertStep:
    """Run a mapping file, with the Python functions of further files."""

    mapping: Path
    output: str
    functions: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkStep:
    """Run a rule file over outputs of earlier steps."""

    rules: Path
    output: str
    sets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LoadStep:
    """Load every output, ontologies by name, and further RDF files into the store."""

    ontologies: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class AskStep:
    """Ask the store, and say each answer row as a sentence."""

    question: str
    query: Path
    sentence: str | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline file, validated."""

    path: Path
    name: str
    title: str
    convert: tuple[ConvertStep, ...] = ()
    link: tuple[LinkStep, ...] = ()
    load: LoadStep = field(default_factory=LoadStep)
    ask: tuple[AskStep, ...] = ()


# One row a table of the file: its keys, each with its type and whether it must be there.
_KEYS: dict[str, dict[str, tuple[type, bool]]] = {
    "convert": {"mapping": (str, True), "output": (str, True), "functions": (list, False)},
    "link": {"rules": (str, True), "output": (str, True), "sets": (dict, False)},
    "load": {"ontologies": (list, False), "files": (list, False)},
    "ask": {"question": (str, True), "query": (str, True), "sentence": (str, False)},
}
_TOP_KEYS = {"name", "title", *_KEYS}


def read_pipeline(path: Path) -> Pipeline:
    """Read and validate a pipeline file.

    Parameters
    ----------
    path
        The TOML file; paths inside it are relative to its folder.

    Raises
    ------
    PipelineError
        Where the file is missing, is not TOML, or has a wrong or missing key;
        the message names the file and the key.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PipelineError(
            "The pipeline file cannot be read", where=str(path), value=error.strerror
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PipelineError(
            f"The pipeline file is not valid TOML ({error})", where=str(path)
        ) from error
    _refuse_unknown(path, "the file", document, _TOP_KEYS)
    if not isinstance(document.get("name"), str):
        raise PipelineError("The key 'name' is missing or not a string", where=str(path))
    folder = path.parent
    return Pipeline(
        path=path,
        name=document["name"],
        title=document.get("title", document["name"]),
        convert=tuple(
            ConvertStep(
                _existing(path, folder, row["mapping"]),
                row["output"],
                tuple(_existing(path, folder, name) for name in row.get("functions", ())),
            )
            for row in _rows(path, document, "convert")
        ),
        link=tuple(
            LinkStep(_existing(path, folder, row["rules"]), row["output"], _sets(path, row))
            for row in _rows(path, document, "link")
        ),
        load=_load_step(path, folder, document),
        ask=tuple(
            AskStep(row["question"], _existing(path, folder, row["query"]), row.get("sentence"))
            for row in _rows(path, document, "ask")
        ),
    )


def _load_step(path: Path, folder: Path, document: dict[str, Any]) -> LoadStep:
    row = document.get("load", {})
    if not isinstance(row, dict):
        raise PipelineError("'load' must be one table: [load]", where=str(path))
    _check_row(path, "load", row)
    files = tuple(_existing(path, folder, name) for name in row.get("files", ()))
    return LoadStep(tuple(row.get("ontologies", ())), files)


def _rows(path: Path, document: dict[str, Any], table: str) -> list[dict[str, Any]]:
    rows = document.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PipelineError(f"'{table}' must be a list of tables: [[{table}]]", where=str(path))
    for row in rows:
        _check_row(path, table, row)
    return rows


def _check_row(path: Path, table: str, row: dict[str, Any]) -> None:
    keys = _KEYS[table]
    _refuse_unknown(path, f"[{table}]", row, set(keys))
    for key, (kind, required) in keys.items():
        if key not in row:
            if required:
                raise PipelineError(f"[{table}] lacks the key '{key}'", where=str(path))
        elif not isinstance(row[key], kind):
            raise PipelineError(
                f"[{table}] '{key}' must be a {kind.__name__}", where=str(path), value=row[key]
            )


def _refuse_unknown(path: Path, place: str, row: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise PipelineError(
            f"{place} has an unknown key", where=str(path), value=unknown[0],
            hint=f"Known keys: {', '.join(sorted(known))}",
        )  # fmt: skip


def _sets(path: Path, row: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    sets = row.get("sets", {})
    for name, files in sets.items():
        if not isinstance(files, list) or not all(isinstance(file, str) for file in files):
            raise PipelineError(f"[link] sets.{name} must be a list of file names", where=str(path))
    return {name: tuple(files) for name, files in sets.items()}


def _existing(pipeline: Path, folder: Path, name: str) -> Path:
    path = folder / name
    if not path.exists():
        raise PipelineError(
            "A file that the pipeline names does not exist", where=str(pipeline), value=name
        )
    return path
