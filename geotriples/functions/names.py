"""IRIs of the function vocabularies: GREL, the functions of IDLab, those of Morph-KGC."""

from __future__ import annotations

from geosparql.vocabulary import NAMESPACES
from geotriples.functions.function import Function, Kind, Output, Parameter
from geotriples.mapping.vocabulary import EGR, RRXF

GREL = "http://users.ugent.be/~bjdmeest/function/grel.ttl#"
IDLAB = ("https://w3id.org/imec/idlab/function#", "http://example.com/idlab/function/")
"""Its present namespace and the one before it."""
MORPH = "https://github.com/morph-kgc/morph-kgc/function/built-in.ttl#"
PREFIXES = {
    "grel": GREL, "idlab-fn": IDLAB[0], "mmkgc": MORPH, "rrxf": RRXF, "egr": EGR, **NAMESPACES,
}  # fmt: skip
"""How messages and documents abbreviate IRIs."""


def prefixed(iri: str) -> str:
    """Give an IRI with its prefix, in angle brackets where it has none."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return f"<{iri}>"


def signature(function: Function) -> str:
    """Say how a function is called: ``grel:toUpperCase(grel:valueParam: string): string``."""
    parameters = ", ".join(
        f"{prefixed(p.iris[0])}{'?' if p.optional else ''}: {p.kind}" for p in function.parameters
    )
    outputs = ", ".join(output.kind for output in function.outputs)
    return f"{prefixed(function.iris[0])}({parameters}): {outputs}"


def grel(*names: str) -> tuple[str, ...]:
    """Give IRIs of GREL."""
    return tuple(GREL + name for name in names)


def idlab(*names: str) -> tuple[str, ...]:
    """Give IRIs of IDLab's functions, in both namespaces."""
    return tuple(namespace + name for namespace in IDLAB for name in names)


def morph(*names: str) -> tuple[str, ...]:
    """Give IRIs of Morph-KGC's functions."""
    return tuple(MORPH + name for name in names)


def of_grel(*names: str, kind: Kind = "string", optional: bool = False) -> Parameter:
    """Give a parameter of GREL by its names: FnO's parameter and its predicate."""
    return Parameter(grel(*names), kind, optional)


def of_idlab(name: str, kind: Kind = "string", *, optional: bool = False) -> Parameter:
    """Give a parameter of IDLab: its name with and without the underscore."""
    return Parameter(idlab(name, f"_{name}"), kind, optional)


VALUE = of_grel("valueParam", "valueParameter")
VALUE_2 = of_grel("valueParam2", "valueParameter2")
SEPARATOR = of_grel("param_string_sep", "p_string_sep")
FROM = of_grel("p_int_i_from", "param_int_i_from", kind="integer")
TO = of_grel("p_int_i_opt_to", "param_int_i_opt_to", kind="integer", optional=True)
NUMBER = of_grel("param_dec_n", "p_dec_n", kind="double")

STRING_OUT = Output((*grel("stringOut", "stringOutput"), *idlab("_stringOut", "stringOut")))
BOOLEAN_OUT = Output(
    (*grel("output_bool", "o_bool"), *idlab("_boolOut", "o_boolOut", "boolOut")), "boolean"
)
INTEGER_OUT = Output(grel("output_number", "o_number"), "integer")
ANY_OUT = Output(grel("output_any", "o_any", "stringOut", "stringOutput"))
ARRAY_OUT = Output((*grel("output_array", "o_array"), *idlab("_listOut", "listOut")), "strings")
