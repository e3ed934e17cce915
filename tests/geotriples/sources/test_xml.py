"""XML documents: values by XPath, streaming equal to the whole, namespaces, hostile files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosparql.errors import MappingError, SourceError
from geotriples.mapping.logical_source import FileSource, LogicalSource
from geotriples.mapping.vocabulary import NAMESPACE, XPATH
from geotriples.sources.table import open_source
from geotriples.sources.xpath import parse_row_path
from tests.geotriples.mappings import read_source

etree = pytest.importorskip("lxml.etree")

from geotriples.sources.xml import _streamed, _whole  # noqa: E402

BOOKS = """<?xml version="1.0"?>
<shop city="Gent"><books>
  <book id="1"><title>A &amp; B</title><by>x</by><by>y<!-- z --> and z</by></book>
  <book id="2"><title><![CDATA[<c>]]></title><price/></book>
</books></shop>"""


def written(folder: Path, text: str | bytes = BOOKS, name: str = "a.xml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def values(path: Path, reference: str, iterator: str = "/shop/books/book") -> list[Any]:
    return read_source(path, XPATH, [reference], iterator)[reference].to_pylist()


VALUES = {
    "@id": ["1", "2"],
    "title": ["A & B", "<c>"],
    "by": [["x", "y and z"], []],
    "by[2]": ["y and z", None],
    "price": [None, ""],
    "count(by)": ["2.0E0", "0.0E0"],
    "boolean(price)": ["false", "true"],
    "concat(@id, '/', title)": ["1/A & B", "2/<c>"],
    "../../@city": ["Gent", "Gent"],
    "../@none": [None, None],
    "preceding-sibling::book/@id": [None, "1"],
}


@pytest.mark.parametrize("reference", VALUES)
@pytest.mark.parametrize("iterator", ["/shop/books/book", "//book", "/shop/*/book[title]"])
def test_values(reference: str, iterator: str, tmp_path: Path) -> None:
    assert values(written(tmp_path), reference, iterator) == VALUES[reference]


def test_streams_only_what_it_may() -> None:
    def streamed(iterator: str, *references: str) -> bool:
        return bool(parse_row_path(iterator, references).steps)

    assert streamed("//a/b:c", "d", ".//e", "../@f", "g[h/i='/']")
    assert not streamed("/a/b[1]", "d")
    for outside in ("../d", "/a/d", "ancestor::a/d", "count(//d)", "d | /a"):
        assert not streamed("/a/b", outside)


TREES: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(["<a/>", "<b>1</b>", "<n:a xmlns:n='urn:n'>2</n:a>"]),
    lambda inner: st.builds(
        lambda name, children: f"<{name}>{''.join(children)}</{name}>",
        st.sampled_from("ab"), st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)  # fmt: skip


@given(
    tree=TREES, iterator=st.sampled_from(["/a", "/a/b", "//a", "//a/b", "//a/*", "//n:a", "/a/n:*"])
)
def test_streaming_gives_the_same_rows(tree: str, iterator: str) -> None:
    path, spaces, content = parse_row_path(iterator, ()), (("n", "urn:n"),), f"<a>{tree}</a>"

    def rows(read: Any) -> list[bytes]:
        found = read(io.BytesIO(content.encode()), path, spaces, FileSource(Path("a.xml")))
        return [etree.tostring(element, with_tail=False) for element in found]

    assert path.steps
    assert rows(_streamed) == rows(_whole)


def test_namespaces(tmp_path: Path) -> None:
    path = written(tmp_path, '<a xmlns="urn:x"><b>1</b></a>')
    options = ((NAMESPACE + "x", "urn:x"),)
    source = LogicalSource(FileSource(path), XPATH, "test", "/x:a", options)
    parts = open_source(source, ["x:b"]).parts
    assert [batch.column(0).to_pylist() for batch in parts.read(parts.parts[0])] == [["1"]]
    with pytest.raises(MappingError, match=r"x:b.*rml:namespace"):
        values(path, "x:b", "/*")


def test_files_with_and_without_lists(tmp_path: Path) -> None:
    written(tmp_path, "<a><b>1</b><b>2</b></a>")
    written(tmp_path, "<a><b>3</b></a>", "b.xml")
    assert values(tmp_path / "*.xml", "b", "/a") == [["1", "2"], ["3"]]


def test_encoding(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><a>Zoë</a>'
    assert values(written(tmp_path, text.encode("latin-1")), ".", "/a") == ["Zoë"]


BOMB = "<!DOCTYPE a [<!ENTITY x 'lol'>{}]><a b='&x9;'>&x9;</a>".format(
    "".join(f"<!ENTITY x{n} '{f'&x{n - 1 or str()};' * 10}'>" for n in range(1, 10))
)
BROKEN = {
    "entity bomb": (BOMB, "entit|amplification"),
    "outside file": ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///x'>]><a>&x;</a>", "entities"),
    "cut off": ("<a><b>", "cannot be read"),
    "empty": ("", "cannot be read"),
    "deep": ("<a>" * 5000 + "</a>" * 5000, "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("iterator", ["//a", "//a[true()]"])
@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_refused(text: str, message: str, iterator: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=rf"a\.xml.*({message})"):
        values(written(tmp_path, text), ".", iterator)


def test_what_is_no_xpath(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="XPath is not understood"):
        values(written(tmp_path), "title[")
    with pytest.raises(SourceError, match="no element"):
        values(written(tmp_path), ".", "/shop/@city")
