"""Templates: ``http://example.com/{id}`` and its backslash escapes (RML-Core)."""

from __future__ import annotations

from geosparql.errors import MappingError
from geotriples.mapping.model import Reference, Template

ESCAPABLE = "{}\\"


def parse_template(text: str, where: str) -> Template:
    r"""Read a template.

    Parameters
    ----------
    text
        The template. ``{…}`` encloses a reference; ``\{``, ``\}`` and ``\\`` stand
        for the characters themselves, inside a reference as well.
    where
        File, line and term map, for messages.

    Returns
    -------
    Template
        Its parts; neighbouring text is one part.

    Raises
    ------
    MappingError
        Where braces do not match, a reference is empty, or a backslash escapes
        anything else.
    """
    parts: list[str | Reference] = []
    buffer, inside = "", False
    characters = iter(text)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "")
            if escaped not in ESCAPABLE or not escaped:
                raise _wrong("A backslash must stand before {, } or \\", text, where)
            buffer += escaped
        elif character == "{":
            if inside:
                raise _wrong("A { stands inside a reference", text, where)
            if buffer:
                parts.append(buffer)
            buffer, inside = "", True
        elif character == "}":
            if not inside:
                raise _wrong("A } closes nothing", text, where)
            if not buffer:
                raise _wrong("A reference is empty", text, where)
            parts.append(Reference(buffer))
            buffer, inside = "", False
        else:
            buffer += character
    if inside:
        raise _wrong("A { is never closed", text, where)
    if buffer or not parts:
        parts.append(buffer)
    return Template(tuple(parts))


def _wrong(what: str, text: str, where: str) -> MappingError:
    return MappingError(
        f"{what} in a template", where=where, value=text,
        hint="Write \\{, \\} and \\\\ for the characters themselves",
    )  # fmt: skip
