"""RDF documents to triple batches and back, checked against pyoxigraph."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosparql import ntriples_reading
from geosparql.errors import InputError, RDFSyntaxError, SourceError, TermLengthError
from geosparql.rdf import (
    RDF_FORMATS,
    format_of,
    open_rdf,
    read_triples,
    term_columns,
    write_triples,
)
from geosparql.term_columns import from_oxigraph
from geosparql.triples import TRIPLE_TERM, TRIPLES_SCHEMA
from tests.geosparql.strategies import terms, triple_batches

OXIGRAPH = {row.name: row.oxigraph for row in RDF_FORMATS}


def rows(batches: Any) -> list[tuple[Any, ...]]:
    table = pa.Table.from_batches(list(batches), schema=TRIPLES_SCHEMA)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def read(text: str | bytes, format: str, **options: Any) -> list[tuple[Any, ...]]:
    data = text.encode() if isinstance(text, str) else text
    return rows(read_triples(io.BytesIO(data), format=format, **options))


def expected_rows(text: str | bytes, format: str) -> list[tuple[Any, ...]]:
    """Give what pyoxigraph reads, one quad after the other."""
    data = text.encode() if isinstance(text, str) else text
    found = []
    for subject, predicate, item, graph in ox.parse(data, OXIGRAPH[format]):
        named = None if isinstance(graph, ox.DefaultGraph) else text_of(graph)
        columns = term_columns(from_oxigraph(item))
        found.append((text_of(subject), predicate.value, *columns, named, None))
    return found


def text_of(node: Any) -> str:
    return term_columns(from_oxigraph(node))[0]


def written(batches: list[pa.RecordBatch], format: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    count = write_triples(batches, stream, format=format, **options)
    assert count == sum(batch.num_rows for batch in batches)
    return stream.getvalue()


DOCUMENT = """
@prefix : <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:a :p :b, _:x, "plain", "tab\\tline\\nquote\\"back\\\\", "grüß"@de-AT,
  "1"^^xsd:integer, 2.50, true .
_:x :q "x"@ar--rtl, <<( :a :p "o" )>>, <<( _:x :p <<( :a :p _:x )>> )>> .
"""


def test_turtle() -> None:
    found = {row[2:5] for row in read(DOCUMENT, "ttl")}
    xsd = "http://www.w3.org/2001/XMLSchema#"
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    a, p = "<http://example.org/a>", "<http://example.org/p>"
    assert found == {
        ("http://example.org/b", None, None),
        ("_:x", None, None),
        ("plain", xsd + "string", None),
        ('tab\tline\nquote"back\\', xsd + "string", None),
        ("grüß", rdf + "langString", "de-at"),
        ("1", xsd + "integer", None),
        ("2.50", xsd + "decimal", None),
        ("true", xsd + "boolean", None),
        ("x", rdf + "dirLangString", "ar--rtl"),
        (f'<<( {a} {p} "o" )>>', TRIPLE_TERM, None),
        (f"<<( _:x {p} <<( {a} {p} _:x )>> )>>", TRIPLE_TERM, None),
    }


def test_batches_have_the_schema_and_at_most_so_many_rows() -> None:
    for format, text in (("ttl", DOCUMENT), ("nt", written(list(batches(DOCUMENT)), "nt"))):
        data = text.encode() if isinstance(text, str) else text
        found = list(read_triples(io.BytesIO(data), format=format, batch_rows=4))
        assert [batch.num_rows for batch in found] == [4, 4, 3]
        assert all(batch.schema == TRIPLES_SCHEMA for batch in found)
    assert list(read_triples(io.BytesIO(b""), format="nt")) == []
    assert list(read_triples(io.BytesIO(b""), format="ttl")) == []


def batches(text: str, format: str = "ttl") -> Any:
    return read_triples(io.BytesIO(text.encode()), format=format)


def test_blank_node_labels_take_a_prefix() -> None:
    for format in ("ttl", "nt"):
        text = DOCUMENT if format == "ttl" else written(list(batches(DOCUMENT)), "nt")
        found = read(text, format, blank_prefix="doc7.")
        labels = {cell for row in found for cell in (row[0], row[2]) if cell.startswith("_:")}
        assert labels == {"_:doc7.x"}
        assert any("_:doc7.x" in row[2] for row in found if row[3] == TRIPLE_TERM)


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_what_is_written_with_escapes_stays_in_its_place(rows: int) -> None:
    text = DOCUMENT + "<http://e/\u00e9> :p '\u00e9', <http://e/\u00e9> . :g { _:x :p :a, 'a\\r' }"
    assert read(text, "trig", batch_rows=rows) == expected_rows(text, "trig")


def test_relative_iris_need_a_base() -> None:
    assert read("<a> <b> <c> .", "ttl", base_iri="http://e/")[0][:3] == (
        "http://e/a", "http://e/b", "http://e/c",
    )  # fmt: skip
    with pytest.raises(RDFSyntaxError, match="line 1"):
        read("<a> <b> <c> .", "ttl")


@given(triple_batches())
def test_nquads_round_trip(batch: pa.RecordBatch) -> None:
    text = written([batch], "nq")
    assert read(text, "nq") == rows([batch])
    assert expected_rows(text, "nq") == rows([batch])


@given(triple_batches(graphs=False))
def test_ntriples_text_is_that_of_pyoxigraph(batch: pa.RecordBatch) -> None:
    text = written([batch], "nt")
    triples = [quad.triple for quad in ox.parse(text, OXIGRAPH["nt"])]
    assert ox.serialize(triples, format=OXIGRAPH["nt"]) == text


@given(triple_batches())
def test_trig_round_trip(batch: pa.RecordBatch) -> None:
    assert Counter(read(written([batch], "trig"), "trig")) == Counter(rows([batch]))


@pytest.mark.parametrize("format", ["nt", "nq", "ttl", "trig", "rdf", "jsonld"])
def test_every_format_round_trips_what_it_can_hold(format: str) -> None:
    text = DOCUMENT if format not in ("rdf", "jsonld") else DOCUMENT.partition("_:x :q")[0]
    first = list(batches(text))
    prefixes = {"ex": "http://example.org/"}
    again = read(written(first, format, prefixes=prefixes), format)
    assert Counter(again) == Counter(rows(first))


def test_prefixes_are_used() -> None:
    text = written(list(batches(DOCUMENT)), "ttl", prefixes={"ex": "http://example.org/"})
    assert b"@prefix ex: <http://example.org/>" in text
    assert b"ex:a ex:p ex:b" in text


@given(triple_batches(), st.integers(0, 4), st.integers(0, 4))
def test_slices_are_written_as_they_are(batch: pa.RecordBatch, start: int, length: int) -> None:
    part = batch.slice(start, length)
    assert read(written([part], "nq"), "nq") == rows([part])


@pytest.mark.parametrize("format", ["nt", "ttl", "rdf"])
def test_named_graphs_where_there_are_none(format: str) -> None:
    named = list(batches("<a:a> <a:b> <a:c> <a:g> .\n", "nq"))
    with pytest.raises(InputError, match="no named graphs"):
        write_triples(named, io.BytesIO(), format=format)


def test_terms_that_a_format_cannot_write() -> None:
    with pytest.raises(InputError, match="cannot be written as jsonld"):
        write_triples(list(batches(DOCUMENT)), io.BytesIO(), format="jsonld")


def test_unknown_format() -> None:
    with pytest.raises(InputError, match="not an RDF format"):
        list(read_triples(io.BytesIO(b""), format="hdt"))
    with pytest.raises(InputError, match="not an RDF format"):
        write_triples([], io.BytesIO(), format="hdt")


@pytest.mark.parametrize(
    ("text", "format", "where"),
    [
        ("<a:b> <a:c> <a:d> .\n<a b> <a:c> <a:d> .\n", "nt", "x, line 2, column 1"),
        ('<a:b> <a:c> "\\n" .\n\n# c\n<a:b> <a:c> "x .\n', "nt", "x, line 4, column 13"),
        ("<a:b> <a:c> <a:d> .\n<a:b> <a:c>", "ttl", "x, line 2"),
        ('{\n"a":', "jsonld", "x, line 2, column 5"),
        ("<r><x", "rdf", "x"),
    ],
)
def test_errors_say_where(text: str, format: str, where: str) -> None:
    with pytest.raises(RDFSyntaxError) as caught:
        read(text, format, where="x")
    assert (caught.value.where or "").startswith(where)


def test_bytes_that_are_no_utf8_say_where() -> None:
    with pytest.raises(RDFSyntaxError) as caught:
        read(b'<a:b> <a:c> <a:d> .\n<a:b> <a:c> "\xff" .\n', "nt", where="x")
    assert (caught.value.where or "").startswith("x, line 2")


# The reader of lines against pyoxigraph


def outcome(attempt: Callable[[], Any]) -> Any:
    """Give the rows, or the place of the error."""
    try:
        return attempt()
    except SyntaxError as error:
        return f"x, line {error.lineno}, column {error.offset}"
    except RDFSyntaxError as error:
        return error.where


_LINES = st.lists(
    st.one_of(
        st.builds(
            lambda s, p, o, g, end: f"{s} {p} {o}{g} .{end}",
            st.sampled_from(
                ("<http://e/s>", "_:b1", "<urn:x>", "<http://é/>", "<http://e/[>", "<x>")
            ),
            st.sampled_from(
                ("<http://e/p#q>", "<http://e:80/p?q=1>", "<http://e/%zz>", "<mailto:a@b>")
            ),
            st.one_of(
                terms().map(str),
                st.sampled_from(
                    ('"a b"', '"x"@en-GB', '"x"@EN', '"x"@aa-a', '"<"^^<a:b>', '"x"^^<b>', '""',
                     '"x"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>', '"\\u00e9"')
                ),
            ),
            st.sampled_from(("", "", "", " <http://e/g>", " _:g")),
            st.sampled_from(("", "", "", " ", "\r", " # comment", "x")),
        ),
        st.sampled_from(
            ("", "# comment", "  ", "<a:b>\t<a:c>\t<a:d> .", "<a:b><a:c><a:d>.", "junk")
        ),
    ),
    max_size=5,
)  # fmt: skip


@given(_LINES, st.sampled_from(("nt", "nq")), st.booleans())
def test_lines_are_read_as_by_pyoxigraph(lines: list[str], format: str, ends: bool) -> None:
    text = "\n".join(lines) + ("\n" if ends else "")
    assert outcome(lambda: read(text, format, where="x")) == outcome(
        lambda: expected_rows(text, format)
    )


@given(triple_batches(), st.randoms(use_true_random=False))
def test_damaged_text_is_read_as_by_pyoxigraph(
    batch: pa.RecordBatch, chance: random.Random
) -> None:
    data = bytearray(written([batch], "nq"))
    for _ in range(chance.randint(0, 2) if data else 0):
        data[chance.randrange(len(data))] = chance.choice(b'<>"\\ .@^_:#\n\r\tae1/%\xc3')
    assert outcome(lambda: read(bytes(data), "nq", where="x")) == outcome(
        lambda: expected_rows(bytes(data), "nq")
    )


@pytest.mark.parametrize("size", [1, 7, 64])
def test_chunks_may_end_anywhere(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f'<http://e/{i}> <http://e/p> "value {i}\\n" .' for i in range(20)]
    lines[5:5] = ["", "# comment"]
    text = "\n".join(lines)
    monkeypatch.setattr(ntriples_reading, "_CHUNK_BYTES", size)
    assert read(text, "nt") == expected_rows(text, "nt")
    with pytest.raises(RDFSyntaxError, match="line 23,"):
        read(text + "\njunk", "nt")


# Files


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.nt", ("nt", None)),
        ("a.b.nq.gz", ("nq", "gz")),
        ("A.TTL", ("ttl", None)),
        ("a.trig.zst", ("trig", "zst")),
        ("a.owl", ("rdf", None)),
        ("a.jsonld.bz2", ("jsonld", "bz2")),
        ("a.rdf.xz", ("rdf", "xz")),
    ],
)
def test_formats_of_names(name: str, expected: tuple[str, str | None]) -> None:
    assert format_of(Path(name)) == expected


@pytest.mark.parametrize("name", ["a", "a.csv", "a.gz", "nt"])
def test_names_of_no_format(name: str) -> None:
    with pytest.raises(SourceError, match="extension"):
        format_of(Path(name))


@pytest.mark.parametrize("extension", ["", ".gz", ".bz2", ".xz", ".zst"])
@pytest.mark.parametrize("format", ["nt", "ttl"])
def test_compressed_files(tmp_path: Path, format: str, extension: str) -> None:
    path = tmp_path / f"a.{format}{extension}"
    first = list(batches(DOCUMENT))
    with open_rdf(path, "wb") as stream:
        write_triples(first, stream, format=format)
    with open_rdf(path) as stream:
        assert Counter(rows(read_triples(stream, format=format))) == Counter(rows(first))


def test_a_broken_archive_is_a_source_error(tmp_path: Path) -> None:
    path = tmp_path / "a.nt.gz"
    path.write_bytes(b"no gzip")
    with open_rdf(path) as stream, pytest.raises(SourceError, match=r"a\.nt\.gz"):
        list(read_triples(stream, format="nt", where=str(path)))


def test_a_missing_file_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be opened"):
        open_rdf(tmp_path / "none.nt")


def test_terms_longer_than_the_parser_takes() -> None:
    term = "x" * (17 << 20)
    line = f'<http://e/s> <http://e/p> "{term}" .'
    [batch] = read_triples(io.BytesIO(f"# one\n{line}\n".encode()), format="nt")
    assert batch.column("object").to_pylist() == [term]
    for format, text in (("ttl", line), ("nt", line.replace("x", "\\n", 1))):
        with pytest.raises(TermLengthError, match=r"^big: .*16 MiB.*N-Triples"):
            list(read_triples(io.BytesIO(text.encode()), format=format, where="big"))
