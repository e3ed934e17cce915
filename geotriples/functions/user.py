"""Functions that a user writes in Python, for mappings that the user runs with them.

Nothing is loaded on behalf of a mapping: whoever reads one says which files it may use.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import shapely

from geosparql.errors import FunctionError, SourceError
from geotriples.functions.function import Function, Kind, Output, Parameter
from geotriples.functions.python_calls import PythonCall

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__mapping_function__"
_KINDS: dict[Any, Kind] = {
    str: "string", int: "integer", float: "double", bool: "boolean", list[str]: "strings",
    shapely.Geometry: "geometry", inspect.Parameter.empty: "string",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Mark:
    """What the decorator was told."""

    iri: str
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]
    datatypes: tuple[str, ...]
    vectorized: bool
    takes_null: bool


def mapping_function(
    iri: str,
    *,
    parameters: Sequence[str] = (),
    outputs: Sequence[str] = (),
    datatypes: Sequence[str] = (),
    vectorized: bool = False,
    takes_null: bool = False,
) -> Callable[[F], F]:
    """Make a Python function one that mappings may call.

    Parameters
    ----------
    iri
        Of the function.
    parameters
        IRI of each parameter, in order. Kinds come from the annotations: str, int,
        float, bool, list[str], shapely.Geometry; none is str. One with a default
        value may be left out of a mapping.
    outputs
        IRI of each output; of several, the function returns a tuple.
    datatypes
        Datatype of each output, where it is not that of its kind.
    vectorized
        Whether it takes and gives Arrow arrays (geometries as EWKB) instead of
        values. It is called with rows of which no argument is null.
    takes_null
        Whether null is given to it, as None. Otherwise a null is a null result.

    Returns
    -------
    Callable
        A decorator that gives the function back as it is.
    """
    mark = _Mark(iri, tuple(parameters), tuple(outputs), tuple(datatypes), vectorized, takes_null)

    def decorate(function: F) -> F:
        setattr(function, _MARK, mark)
        return function

    return decorate


def load_functions(source: Path | ModuleType) -> tuple[Function, ...]:
    """Give the functions of a Python file or module that are made for mappings.

    Parameters
    ----------
    source
        A file, which is run, or a module.

    Returns
    -------
    tuple of Function
        In the order of the file.

    Raises
    ------
    SourceError
        Where the file cannot be run or has no such function.
    FunctionError
        Where a function does not fit what its decorator says, or an IRI stands twice.
    """
    module = source if isinstance(source, ModuleType) else _run(source)
    marked = [value for value in vars(module).values() if hasattr(value, _MARK)]
    if not marked:
        raise SourceError(
            "The file has no function for mappings", where=str(source),
            hint="Decorate one with geotriples.functions.user.mapping_function",
        )  # fmt: skip
    functions = tuple(_function(value) for value in dict.fromkeys(marked))
    iris = [function.iris[0] for function in functions]
    if twice := next((iri for iri in iris if iris.count(iri) > 1), None):
        raise FunctionError("Two functions have one IRI", where=str(source), value=twice)
    return functions


def _run(path: Path) -> ModuleType:
    """Run a file as a module of no name, so that its functions are pickled by value."""
    name = f"mapping_functions_{abs(hash(path.resolve())):x}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SourceError("This is no file of Python functions", where=str(path),
                          hint="Give a file whose name ends in .py")  # fmt: skip
    module = module_from_spec(spec)
    sys.modules[name] = module  # while it runs: dataclasses look themselves up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise SourceError(
            "The file of functions cannot be run", where=str(path),
            value=f"{type(error).__name__}: {error}",
        ) from error  # fmt: skip
    finally:
        del sys.modules[name]
    return module


def _function(function: Callable[..., Any]) -> Function:
    mark: _Mark = getattr(function, _MARK)
    given = list(inspect.signature(function).parameters.values())
    hints = get_type_hints(function)
    if len(given) != len(mark.parameters):
        raise FunctionError(
            f"The function takes {len(given)} arguments and {len(mark.parameters)} are described",
            where=mark.iri, value=function.__name__,
        )  # fmt: skip
    parameters = tuple(
        Parameter((iri,), _kind(hints.get(one.name, one.annotation), mark.iri),
                  one.default is not inspect.Parameter.empty)
        for iri, one in zip(mark.parameters, given, strict=True)
    )  # fmt: skip
    outputs = _outputs(mark, hints.get("return", str))
    call = PythonCall(
        function, tuple(p.kind for p in parameters), tuple(o.kind for o in outputs),
        mark.vectorized, mark.takes_null,
    )  # fmt: skip
    text = (inspect.getdoc(function) or "A function of the user.").splitlines()[0]
    return Function((mark.iri,), call, parameters, outputs, text, takes_null=True, fallible=True)


def _outputs(mark: _Mark, hint: Any) -> tuple[Output, ...]:
    several = len(mark.outputs) > 1
    hints: Iterable[Any] = get_args(hint) if several and get_origin(hint) is tuple else (hint,)
    kinds = [_kind(one, mark.iri) for one in hints]
    iris = mark.outputs or (mark.iri + "Output",)
    datatypes = mark.datatypes or ("",) * len(iris)
    if not len(kinds) == len(iris) == len(datatypes):
        raise FunctionError("The outputs, their datatypes and what the function returns differ in "
                            "number", where=mark.iri)  # fmt: skip
    found = zip(iris, kinds, datatypes, strict=True)
    return tuple(Output((iri,), kind, datatype) for iri, kind, datatype in found)


def _kind(hint: Any, iri: str) -> Kind:
    """Give the kind of an annotation; ``str | None`` is a str."""
    options = [one for one in get_args(hint) if one is not type(None)]
    if len(options) == 1 and get_origin(hint) is not list:
        hint = options[0]
    if hint not in _KINDS:
        raise FunctionError(
            "The annotation is none that a mapping knows", where=iri, value=hint,
            hint="Known: str, int, float, bool, list[str] and shapely.Geometry",
        )  # fmt: skip
    return _KINDS[hint]
