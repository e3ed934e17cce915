"""YAML read into values that know their line; what is not plain YAML is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import yaml

from geosparql.errors import MappingError


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML document: a text, a list, a mapping, or nothing; and its line."""

    value: str | tuple[Node, ...] | dict[str, Node] | None
    line: int
    file: str

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.file}, line {self.line}"

    @property
    def text(self) -> str:
        """The text; a MappingError where it is none."""
        if isinstance(self.value, str):
            return self.value
        raise MappingError("A text is needed here", where=self.where)

    @property
    def items(self) -> tuple[Node, ...]:
        """The members of a list; a single value is a list of one, nothing an empty one."""
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self,)

    def entries(self, known: Mapping[str, str] | None = None) -> dict[str, Node]:
        """Give the entries of a mapping under the long names of their keys.

        Parameters
        ----------
        known
            Short and long keys to long ones; None: any key is one. Keys with a
            colon are prefixed names and stay.

        Raises
        ------
        MappingError
            Where it is no mapping, a key is not known, or given in two spellings.
        """
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise MappingError("Keys and values are needed here", where=self.where)
        found: dict[str, Node] = {}
        for key, value in self.value.items():
            name = key if known is None or ":" in key else known.get(key)
            if name is None:
                near = get_close_matches(key, known or (), 1)
                hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known or ())}"
                raise MappingError("The key is unknown", where=value.where, value=key, hint=hint)
            if name in found:
                raise MappingError("A key is given twice", where=value.where, value=name)
            found[name] = value
        return found


def parse_yaml(text: str, file: str) -> Node:
    """Read a YAML document; scalars are texts as they are written.

    Raises
    ------
    MappingError
        Where it is not YAML, has a key twice or an anchor inside itself.
    """
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        return Node({}, 1, file) if root is None else _Reader(loader, file).node(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = file if mark is None else f"{file}, line {mark.line + 1}, column {mark.column + 1}"
        what = getattr(error, "problem", None) or "not a YAML document"
        raise MappingError("The YAML cannot be read", where=where, value=what) from error
    except RecursionError as error:
        raise MappingError("The YAML is nested too deep", where=file) from error
    finally:
        loader.dispose()


class _Reader:
    """Turns the nodes of a loader into ours, each once: anchors are shared, not copied."""

    def __init__(self, loader: yaml.SafeLoader, file: str) -> None:
        self._loader, self._file = loader, file
        self._made: dict[int, Node | None] = {}

    def node(self, node: yaml.Node) -> Node:
        if id(node) not in self._made:
            self._made[id(node)] = None
            self._made[id(node)] = self._new(node)
        made = self._made[id(node)]
        if made is None:
            raise MappingError("An anchor stands inside itself",
                               where=f"{self._file}, line {node.start_mark.line + 1}")  # fmt: skip
        return made

    def _new(self, node: yaml.Node) -> Node:
        line = node.start_mark.line + 1
        value: str | tuple[Node, ...] | dict[str, Node] | None
        if isinstance(node, yaml.MappingNode):
            names = [self.node(key).text for key, _ in node.value]
            if doubled := {name for name in names if names.count(name) > 1}:
                raise MappingError("A key is given twice", where=f"{self._file}, line {line}",
                                   value=min(doubled))  # fmt: skip
            self._loader.flatten_mapping(node)
            value = {self.node(key).text: self.node(inner) for key, inner in node.value}
        elif isinstance(node, yaml.SequenceNode):
            value = tuple(self.node(inner) for inner in node.value)
        else:
            is_null = node.tag == "tag:yaml.org,2002:null"
            value = None if is_null else str(node.value)
        return Node(value, line, self._file)
