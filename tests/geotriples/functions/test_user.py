"""Functions of a user: kinds, nulls, errors of rows, several outputs, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.protocol import Engine
from geosparql.errors import EarthgraphError, FunctionError, SourceError
from geotriples.convert import convert
from geotriples.functions.user import load_functions
from geotriples.mapping.rml import read_mapping
from geotriples.options import ConvertOptions
from tests.geotriples.mappings import PREFIXES, pom, source

FUNCTIONS = '''
"""Functions of a test; those of the FNML suite's descriptions among them."""
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geotriples.functions.user import mapping_function

FNS = "http://example.com/functions/"
PARAMETER = FNS + "stringParameter"


@dataclass
class Address:
    scheme: str
    rest: str


@mapping_function(FNS + "helloworld", outputs=[FNS + "stringOutput"])
def hello_world() -> str:
    return "Hello World!"


@mapping_function(FNS + "schema", parameters=[PARAMETER], outputs=[FNS + "stringOutput"])
def schema(term: str) -> str:
    return f"https://schema.org/{term}"


@mapping_function(
    FNS + "parseURL", parameters=[PARAMETER],
    outputs=[FNS + "protocolOutput", FNS + "domainOutput", FNS + "stringOutput"],
)
def parse_url(url: str) -> tuple[str, str, str]:
    address = Address(*url.split("://"))
    domain, _, path = address.rest.partition("/")
    return address.scheme, domain, path


@mapping_function(FNS + "inverse", parameters=[FNS + "number"])
def inverse(number: int) -> float:
    return 1 / number


@mapping_function(FNS + "known", parameters=[FNS + "text"], takes_null=True)
def known(text: str | None) -> bool:
    return text is not None


@mapping_function(FNS + "double", parameters=[FNS + "number", FNS + "more"], vectorized=True)
def double(number: int, more: int = None) -> int:
    if 13 in number.to_pylist():
        raise ValueError("unlucky")
    return pc.multiply(number, 2)


@mapping_function(FNS + "letters", parameters=[FNS + "text"])
def letters(text: str) -> list[str]:
    return list({"bad": 1}[text] if text == "worse" else text)


@mapping_function(FNS + "middle", parameters=[FNS + "shape"])
def middle(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.centroid(shape)


@mapping_function(FNS + "wrong", parameters=[FNS + "text"])
def wrong(text: str) -> int:
    return text
'''


def call(name: str, *arguments: str, returns: str = "") -> str:
    inputs = "".join(
        f"; rml:input [ rml:parameter egr:p{n + 1}; rml:inputValueMap [ rml:reference '{a}' ] ]"
        for n, a in enumerate(arguments)
    )
    more = f"; rml:return fns:{returns}" if returns else ""
    return f"rml:functionExecution [ rml:function fns:{name}{inputs} ]{more}"


def mapping_of(folder: Path, rows: str, *poms: str) -> Path:
    (folder / "rows.csv").write_text("id,text,number,shape\n" + rows, encoding="utf-8")
    (folder / "functions.py").write_text(FUNCTIONS, encoding="utf-8")
    text = f"""@prefix fns: <http://example.com/functions/> .
      <#M> {source("rows.csv", "rml:CSV", 'csvw:null "none"')};
      rml:subjectMap [ rml:template "http://e/{{id}}" ]; {"; ".join(poms)} ."""
    text = text.replace('rml:path "rows.csv"', 'rml:path "rows.csv"; rml:null "none"').replace(
        'csvw:null "none"', ""
    )
    (folder / "mapping.ttl").write_text(PREFIXES + text, encoding="utf-8")
    return folder / "mapping.ttl"


def made(mapping: Path, engine: Engine, on_error: str = "stop") -> tuple[set[str], list[object]]:
    read = read_mapping(mapping, functions=load_functions(mapping.with_name("functions.py")))
    output = mapping.with_name("out.nt")
    options = ConvertOptions(on_error=on_error)  # type: ignore[arg-type]
    report = convert(read, engine=engine, output=output, options=options)
    lines = output.read_text(encoding="utf-8").splitlines()
    short = {
        line.replace("<http://e/", "").replace("> <http://example.com/", " ").replace("> ", " ", 1)
        for line in lines
    }
    return short, sorted(
        (p.what.rsplit("/")[-1], p.rows, p.first_row, p.first_value) for p in report.problems
    )


def test_kinds_and_outputs(engine: Engine, tmp_path: Path) -> None:
    url = call("parseURL", "text", returns="domainOutput")
    nested = call("schema", "text").replace(
        "rml:reference 'text'", call("parseURL", "text", returns="protocolOutput")
    )
    mapping = mapping_of(
        tmp_path, "1,http://a.org/b,4,POINT (1 2)\n2,none,none,none\n",
        pom("ex:hello", call("helloworld")), pom("ex:domain", url), pom("ex:term", nested),
        pom("ex:inverse", call("inverse", "number")), pom("ex:known", call("known", "text")),
        pom("ex:double", call("double", "number")), pom("ex:middle", call("middle", "shape")),
    )  # fmt: skip
    xsd = "^^<http://www.w3.org/2001/XMLSchema#"
    lines, problems = made(mapping, engine)
    assert lines == {
        '1 hello "Hello World!" .', '2 hello "Hello World!" .',
        '1 domain "a.org" .', '1 term "https://schema.org/http" .',
        f'1 inverse "2.5E-1"{xsd}double> .', f'1 double "8"{xsd}integer> .',
        f'1 known "true"{xsd}boolean> .', f'2 known "false"{xsd}boolean> .',
        '1 middle "POINT (1 2)"^^<http://www.opengis.net/ont/geosparql#wktLiteral> .',
    }  # fmt: skip
    assert problems == [("The row has no geometry", 1, 1, None)]


def test_errors_are_told_with_their_rows(engine: Engine, tmp_path: Path) -> None:
    rows = "1,ab,0,\n2,worse,13,\n3,none,2,\n"
    mapping = mapping_of(
        tmp_path, rows,
        pom("ex:i", call("inverse", "number")), pom("ex:l", call("letters", "text")),
        pom("ex:d", call("double", "number")), pom("ex:w", call("wrong", "text")),
    )  # fmt: skip
    lines, problems = made(mapping, engine, on_error="skip")
    assert {line.split('"^^')[0] for line in lines} == {
        '2 i "7.692307692307693E-2', '3 i "5.0E-1', '1 l "a" .', '1 l "b" .', '1 d "0', '3 d "4',
    }  # fmt: skip
    assert problems == [
        ("double> failed", 1, 1, "ValueError: unlucky"),
        ("inverse> failed", 1, 0, "ZeroDivisionError: division by zero"),
        ("letters> failed", 1, 1, "KeyError: 'worse'"),
        ("wrong> failed", 2, 0, "TypeError: it gave str 'ab' for a integer"),
    ]
    with pytest.raises(SourceError, match=r"rows.csv, row \d.*predicate \w.* failed: '\w+Error: "):
        made(mapping, engine)


def test_only_what_the_caller_gives(duckdb_engine: Engine, tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, "1,a,1,\n", pom("ex:p", call("helloworld")))
    with pytest.raises(EarthgraphError, match=r"function is not known.*helloworld.*--functions"):
        convert(mapping, engine=duckdb_engine, output=tmp_path / "out.nt")


HEAD = "from geotriples.functions.user import mapping_function as f\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "has no function for mappings"),
        ("1 / 0", "cannot be run: 'ZeroDivisionError"),
        ("@f('http://e/a', parameters=['http://e/p'])\ndef a(): ...", "takes 0 arguments and 1"),
        ("@f('http://e/a', parameters=['http://e/p'])\ndef a(p: dict): ...", "annotation is none"),
        ("@f('http://e/a')\ndef a(): ...\n@f('http://e/a')\ndef b(): ...", "have one IRI"),
        ("@f('http://e/a', outputs=['http://e/p', 'http://e/q'])\ndef a() -> int: ...", "differ"),
    ],
)
def test_files_that_do_not_fit(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(HEAD + text, encoding="utf-8")
    with pytest.raises((SourceError, FunctionError), match=message):
        load_functions(tmp_path / "a.py")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file of Python functions.*ends in \.py"):
        load_functions(tmp_path / "a.py")
