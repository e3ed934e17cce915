"""XML documents: an XPath gives the rows, XPaths below a row the values (RML-IO, XPath).

Elements are streamed where the iterator is a plain path and no reference looks
outside its row but for attributes above it; else the document is held whole.
What declares entities is refused: nothing that is mapped needs them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from types import ModuleType
from typing import IO, Any

import pyarrow as pa

from engine.protocol import Parts
from geosparql.errors import MappingError, SourceError
from geosparql.extras import module_of_extra
from geosparql.terms import XSD, XSD_STRING
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import NAMESPACE
from geotriples.sources.files import check_exists, opened
from geotriples.sources.lexical import double_lexical
from geotriples.sources.source import Column, Source, column_names, row_numbers, schema_of
from geotriples.sources.xpath import RowPath, parse_row_path

BATCH_ROWS = 16_384
PARSING: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def open_xml(source: LogicalSource, references: Sequence[str]) -> Source:
    """Open an XML document.

    Parameters
    ----------
    source
        The logical source; its iterator is an XPath 1.0 to elements, by default
        the root.
    references
        XPaths below a row. Nodes give their text, untyped; a number or a truth
        value that an XPath function gives has xsd:double or xsd:boolean.

    Returns
    -------
    Source
        One part. A reference that finds several nodes in any row is a list, so the
        document is read once here and once for its rows.

    Raises
    ------
    SourceError
        Where the file is missing, not well-formed, or declares entities.
    MappingError
        Where an XPath is not well-formed or has an undeclared prefix.
    """
    check_exists(source.file)
    iterator = source.iterator or "/*"
    path = parse_row_path(iterator, references)
    spaces = namespaces(source)
    _compiled([iterator, *references], spaces, source.where)
    look = partial(_values, path=path, references=tuple(references), spaces=spaces)
    datatypes, repeated = [XSD_STRING] * len(references), [False] * len(references)
    for row in look(source.file):
        for number, (datatype, values) in enumerate(row):
            datatypes[number] = datatype
            repeated[number] |= len(values) > 1
    names = column_names(references)
    columns = tuple(
        Column(reference, names[reference], datatype, several)
        for reference, datatype, several in zip(references, datatypes, repeated, strict=True)
    )
    read = partial(_read, look=look, columns=columns)
    return Source(Parts(schema_of(columns), [source.file], read), columns)


def namespaces(source: LogicalSource) -> tuple[tuple[str, str], ...]:
    """Give the namespaces that the reference formulation declares, by prefix."""
    return tuple(
        (name.removeprefix(NAMESPACE), iri)
        for name, iri in source.options
        if name.startswith(NAMESPACE)
    )


def _etree() -> ModuleType:
    return module_of_extra("lxml.etree", "documents", "XML documents")


def _compiled(
    paths: Sequence[str], spaces: tuple[tuple[str, str], ...], where: str = ""
) -> list[Any]:
    """Compile XPaths."""
    etree, compiled = _etree(), []
    for path in paths:
        try:
            compiled.append(etree.XPath(path, namespaces=dict(spaces), smart_strings=False))
            compiled[-1](etree.Element("none"))  # prefixes are looked up when it runs
        except etree.XPathError as error:
            raise MappingError(
                "The XPath is not understood", where=where, value=path,
                hint=f"{error}; prefixes are declared with rml:namespace",
            ) from error  # fmt: skip
    return compiled


def _values(
    source: FileSource,
    *,
    path: RowPath,
    references: tuple[str, ...],
    spaces: tuple[tuple[str, str], ...],
) -> Iterator[list[tuple[str, list[str]]]]:
    """Give for each row and reference the datatype and the values."""
    compiled = _compiled(references, spaces)
    nulls = frozenset(source.nulls)
    with opened(source) as stream, reading_xml(source):
        rows = _streamed if path.steps else _whole
        for element in rows(stream, path, spaces, source):
            if not hasattr(element, "tag"):
                raise SourceError("The iterator gives what is no element", where=str(source.path),
                                  value=path.text)  # fmt: skip
            found = [_found(xpath(element)) for xpath in compiled]
            yield [(kind, [v for v in values if v not in nulls]) for kind, values in found]


def elements_of(text: str, path: str) -> list[str] | None:
    """Give the texts of the elements that an XPath selects in a document; None if it is none."""
    etree = _etree()
    root = _parsed(text)
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        return None
    found = _compiled([path], ())[0](root)
    return [
        etree.tostring(element, encoding="unicode", with_tail=False)
        for element in (found if isinstance(found, list) else ())
        if hasattr(element, "tag")
    ]


def values_in(text: str, path: str) -> list[str] | None:
    """Give what an XPath finds in an element, as texts of JSON; text is untyped."""
    root = _parsed(text)
    if root is None:
        return None
    datatype, values = _found(_compiled([path], ())[0](root))
    is_text = datatype == XSD_STRING
    return [json.dumps(value, ensure_ascii=False) if is_text else value for value in values]


def _parsed(text: str) -> Any:
    """Parse a text of an element or document; None where it is not well-formed."""
    etree = _etree()
    try:
        return etree.fromstring(text.encode(), etree.XMLParser(encoding="utf-8", **PARSING))
    except etree.XMLSyntaxError:
        return None


@contextmanager
def reading_xml(source: FileSource) -> Iterator[None]:
    """Turn what lxml finds wrong into a SourceError."""
    etree = _etree()
    try:
        yield
    except (etree.XMLSyntaxError, LookupError) as error:
        raise SourceError(
            "The XML file cannot be read", where=str(source.path), value=error,
            hint="Check that it is whole and that its encoding is the stated one",
        ) from error  # fmt: skip


def _found(result: Any) -> tuple[str, list[str]]:
    """Give datatype and values of what an XPath found."""
    match result:
        case list():
            return XSD_STRING, [
                node if isinstance(node, str) else
                "".join(node.itertext()) if len(node) else node.text or ""
                for node in result
            ]  # fmt: skip
        case bool():
            return XSD + "boolean", ["true" if result else "false"]
        case float():
            return XSD + "double", [double_lexical(result)]
    return XSD_STRING, [str(result)]


def _encoding(source: FileSource) -> str | None:
    """Give an encoding that overrules what the document says of itself."""
    return None if source.encoding == "utf-8" else source.encoding


def _whole(
    stream: IO[bytes], path: RowPath, spaces: tuple[tuple[str, str], ...], source: FileSource
) -> Iterator[Any]:
    etree = _etree()
    tree = etree.parse(stream, etree.XMLParser(encoding=_encoding(source), **PARSING))
    check_entities(tree, source)
    found = tree.xpath(path.text, namespaces=dict(spaces))
    yield from found if isinstance(found, list) else [found]


def _streamed(
    stream: IO[bytes], path: RowPath, spaces: tuple[tuple[str, str], ...], source: FileSource
) -> Iterator[Any]:
    """Give elements as they end, and forget them when they are used.

    Rows inside rows come with the outermost one, for that is the order of the document.
    """
    etree = _etree()
    steps = path.tags(dict(spaces))
    inner = etree.XPath(path.below, namespaces=dict(spaces))
    tags: list[str] = []
    depth = 0  # of the row that is open
    for event, element in etree.iterparse(
        stream, events=("start", "end"), encoding=_encoding(source), **PARSING
    ):
        if event == "start":
            if not tags:
                check_entities(element.getroottree(), source)
            tags.append(element.tag)
            depth = depth or (len(tags) if path.fits(tags, steps) else 0)
            continue
        if depth in (0, len(tags)):
            if depth:
                yield from [element] if path.anchored else inner(element)
            _forget(element)
            depth = 0
        tags.pop()


def _forget(element: Any) -> None:
    element.clear()
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]


def check_entities(tree: Any, source: FileSource) -> None:
    """Raise a SourceError where a document declares entities."""
    declared = tree.docinfo.internalDTD
    entities = [] if declared is None else [entity.name for entity in declared.iterentities()]
    if entities:
        raise SourceError(
            "The XML file declares entities, which is refused", where=str(source.path),
            value=entities[0], hint="Write them out: xmllint --noent",
        )  # fmt: skip


def _read(
    source: FileSource, *, look: Any, columns: tuple[Column, ...]
) -> Iterator[pa.RecordBatch]:
    rows = look(source)
    schema, first = schema_of(columns), 0
    while batch := list(islice(rows, BATCH_ROWS)):
        arrays = [
            pa.array(
                [
                    values if column.repeated else values[0] if values else None
                    for _, values in (row[number] for row in batch)
                ],
                column.field.type,
            )
            for number, column in enumerate(columns)
        ]
        yield pa.record_batch([*arrays, row_numbers(first, len(batch))], schema=schema)
        first += len(batch)
