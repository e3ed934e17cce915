"""Class tables: what the classes of a raster are called, from the file, a CSV or a SKOS list."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geosparql.errors import SourceError
from geosparql.terms import IRI, Literal
from geotriples.mapping.document import read_document
from geotriples.mapping.logical_source import LogicalSource
from geotriples.mapping.vocabulary import EGR
from geotriples.sources.raster_file import Band

CLASS_VALUE = "value"
SKOS = "http://www.w3.org/2004/02/skos/core#"
RAT_VALUE = "5"
"""Usage of the column of a raster attribute table that holds the class (GFU_MinMax)."""

Rows = Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ClassTable:
    """Texts by class and name."""

    rows: Rows

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the table."""
        return tuple(dict.fromkeys(name for row in self.rows.values() for name in row))

    def texts(self, classes: npt.NDArray[np.int64], name: str) -> pa.Array:
        """Give the text of each class, null where the table has none."""
        held, which = np.unique(classes, return_inverse=True)
        texts = [self.rows.get(value, {}).get(name) for value in held.tolist()]
        return pa.array(texts, pa.string()).take(pa.array(which))


def open_class_table(source: LogicalSource, dataset: Any, band: Band) -> ClassTable:
    """Read the class table of a raster.

    Parameters
    ----------
    source
        `egr:classTable` names a CSV file with a column ``value``, or a Turtle file
        of SKOS concepts whose notations are the classes: columns ``iri``,
        ``notation`` and ``label``.
    dataset
        Without `egr:classTable`, what the file says: ``label`` and ``colour``, and
        the columns of its raster attribute table.
    band
        The band of the classes.

    Raises
    ------
    SourceError
        Where the table cannot be read.
    """
    path = source.option(EGR + "classTable")
    if path is None:
        return ClassTable(_of_file(dataset, band.number))
    source.file.access.check_path(Path(path))
    return ClassTable(_skos(path) if Path(path).suffix == ".ttl" else _csv(path))


def _csv(path: str) -> Rows:
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
        rows = list(csv.DictReader(lines, strict=True))
        return {int(row.pop(CLASS_VALUE)): row for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError, TypeError) as error:
        raise SourceError(
            "The class table cannot be read", where=path, value=error,
            hint=f"It is a CSV file with a column {CLASS_VALUE!r} of whole numbers, or SKOS (.ttl)",
        ) from error  # fmt: skip


def _skos(path: str) -> Rows:
    rows: dict[int, dict[str, str]] = {}
    for concept, statements in read_document(Path(path)).statements.items():
        notations = [term.lexical for term in statements.get(SKOS + "notation", ())
                     if isinstance(term, Literal) and term.lexical.strip().isdecimal()]  # fmt: skip
        labels = [term for term in statements.get(SKOS + "prefLabel", ())
                  if isinstance(term, Literal)]  # fmt: skip
        labels.sort(key=lambda term: (term.language or "") not in ("", "en"))
        if isinstance(concept, IRI):
            more = {"label": labels[0].lexical} if labels else {}
            for notation in notations:
                row = {"iri": concept.value, "notation": notation, **more}
                if rows.setdefault(int(notation), row) != row:
                    raise SourceError("Two concepts have the same notation", where=path,
                                      value=notation, hint="A class is one concept")  # fmt: skip
    if not rows:
        raise SourceError("The code list has no concept whose skos:notation is a whole number",
                          where=path, hint="Give the class as skos:notation")  # fmt: skip
    return rows


def _of_file(dataset: Any, band: int) -> Rows:
    """Give the category names, colours, attribute table (GDAL) and flags (CF) of a band."""
    rows: dict[int, dict[str, str]] = {}
    found = _described(dataset, band)
    for value, label in _flags(dataset.tags(band)):
        rows.setdefault(value, {})["label"] = label
    for value, category in enumerate(found.iterfind("CategoryNames/Category")):
        if category.text:
            rows.setdefault(value, {})["label"] = category.text
    for value, texts in _attributes(found):
        rows.setdefault(value, {}).update(texts)
    for value, entry in enumerate(found.iterfind("ColorTable/Entry")):
        if int(entry.get("c4", "255")):
            parts = (int(entry.get(name, "0")) for name in ("c1", "c2", "c3"))
            rows.setdefault(value, {})["colour"] = "#" + "".join(f"{part:02X}" for part in parts)
    return rows


def _described(dataset: Any, band: int) -> ET.Element:
    """Give what GDAL knows of a band, in the words of its VRT format."""
    from rasterio import shutil
    from rasterio.io import MemoryFile

    with MemoryFile(ext=".vrt") as memory:
        shutil.copy(dataset, memory.name, driver="VRT")
        found = ET.fromstring(memory.read()).find(f"VRTRasterBand[@band='{band}']")
    return ET.Element("VRTRasterBand") if found is None else found


def _flags(tags: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    values = tags.get("flag_values", "").strip("{}").replace(",", " ").split()
    meanings = tags.get("flag_meanings", "").split()
    if len(values) == len(meanings) and all(value.lstrip("-").isdecimal() for value in values):
        yield from zip(map(int, values), meanings, strict=True)


def _attributes(band: ET.Element) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Give the rows of a raster attribute table."""
    table = band.find("GDALRasterAttributeTable")
    if table is None:
        return
    fields = [(f.findtext("Name", ""), f.findtext("Usage", "")) for f in table.iter("FieldDefn")]
    key = _value_field(fields)
    if key is None:
        return
    texts_of = [name not in {fields[key][0], CLASS_VALUE} for name, _ in fields]
    for row in table.iter("Row"):
        texts = [cell.text or "" for cell in row.iter("F")]
        if texts[key].lstrip("-").isdecimal():
            named = zip(fields, texts, texts_of, strict=True)
            yield int(texts[key]), {name: text for (name, _), text, wanted in named if wanted}


def _value_field(fields: Sequence[tuple[str, str]]) -> int | None:
    """Find the column of the class: by its usage, else by its name."""
    usages, names = [usage for _, usage in fields], [name.lower() for name, _ in fields]
    if RAT_VALUE in usages:
        return usages.index(RAT_VALUE)
    return names.index(CLASS_VALUE) if CLASS_VALUE in names else None
