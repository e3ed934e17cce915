"""The functions of mappings as a page, made from their tables."""

from __future__ import annotations

from collections.abc import Iterable

from geotriples.functions.function import Function
from geotriples.functions.names import PREFIXES, prefixed, signature
from geotriples.functions.table import FUNCTION_GROUPS

_HEAD = """\
# Functions that a mapping may call

Written by `geotriples.functions.document` from the tables of this project; a test keeps it so.

A function execution (RML-FNML) may stand wherever a term map stands: as subject, predicate, \
object, graph, language or datatype map, as a condition, as an input of another one and on both \
sides of a join.

```turtle
rml:objectMap [
    rml:functionExecution [
        rml:function grel:string_replace ;
        rml:input [ rml:parameter grel:valueParam ; rml:inputValueMap [ rml:reference "name" ] ] ,
                  [ rml:parameter grel:param_find ; rml:inputValue " " ] ,
                  [ rml:parameter grel:param_replace ; rml:inputValue "-" ]
    ] ;
    rml:return grel:stringOut
]
```

- An input is named by its parameter (FnO's parameter or its predicate: `grel:valueParam` or \
`grel:valueParameter`) or by position: `egr:p1`, `egr:p2` … A `?` marks one that may be left out.
- `rml:return` names the output; without it the first one is taken.
- A null input gives a null, and a null makes no term; functions of truth and choice say \
themselves what a null gives. A row that a function can make nothing of is counted and reported.
- A list (`strings`) makes one term for each element. Where a list is wanted, several inputs of \
one parameter, a reference with several values, or a function that gives a list will do.
- Texts become numbers, booleans and geometries where a function takes them; a text is WKT \
unless its map states another datatype of geometries.
"""

_OWN = """\
## Your own, in Python

`earthgraph convert mapping.ttl --functions my_functions.py` reads a file of functions; \
`read_mapping(path, functions=load_functions(file))` and `functions = [...]` of a pipeline step do \
the same. A mapping never loads code.

```python
from geotriples.functions.user import mapping_function

EX = "http://example.com/fn#"


@mapping_function(EX + "initials", parameters=[EX + "name"])
def initials(name: str) -> str:
    return "".join(word[0] for word in name.split())


@mapping_function(EX + "plus", parameters=[EX + "a", EX + "b"], vectorized=True)
def plus(a: int, b: int) -> int:
    return pyarrow.compute.add(a, b)  # Arrow arrays


@mapping_function(EX + "parts", parameters=[EX + "url"], outputs=[EX + "scheme", EX + "host"])
def parts(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    return scheme, rest.split("/")[0]
```

Kinds come from the annotations: `str`, `int`, `float`, `bool`, `list[str]` and \
`shapely.Geometry` (with its SRID; an array of EWKB where the function is vectorized). A \
parameter with a default value may be left out. A null input is a null result and the function is \
not called, unless `takes_null=True`. An exception is a problem of its row, told with file and \
row; `on_error` says whether it stops the conversion. On Spark the function travels to the workers.
"""


def document() -> str:
    """Give the page ``docs/mapping_functions.md``."""
    prefixes = "\n".join(
        f"| `{name}:` | <{PREFIXES[name]}> |"
        for name in ("grel", "idlab-fn", "mmkgc", "rrxf", "geof", "egr")
    )
    groups = (f"## {name}\n\n{_table(rows)}\n" for name, rows in FUNCTION_GROUPS.items())
    return "\n".join([_HEAD, f"| prefix | namespace |\n| --- | --- |\n{prefixes}\n", _OWN, *groups])


def _table(functions: Iterable[Function]) -> str:
    lines = ["| function | what it does | example |", "| --- | --- | --- |"]
    lines += [
        f"| `{signature(function)}`{_others(function)} | {function.description} "
        f"| {_example(function)} |"
        for function in functions
    ]
    return "\n".join(lines)


def _others(function: Function) -> str:
    """Name further IRIs, but for those of namespaces that are old."""
    names = (prefixed(iri) for iri in function.iris[1:])
    return "".join(f", `{name}`" for name in names if not name.startswith("<"))


def _example(function: Function) -> str:
    if function.example is None:
        return ""
    arguments, result = function.example
    return f"{', '.join(map(_shown, arguments))} → {_shown(result)}".strip()


def _shown(value: str | tuple[str, ...] | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"`{value}`".replace("|", "\\|")
    return f"({' '.join(map(_shown, value))})"


if __name__ == "__main__":
    print(document(), end="")
