"""The one error tree of the project.

::

    EarthgraphError
    ├── InputError            what the user gave is wrong (also a ValueError)
    │   ├── LiteralError      a literal that cannot be read (text position known)
    │   ├── CRSError          an unknown, missing or mixed coordinate reference system
    │   ├── UnitError         an unknown unit of measure
    │   ├── FunctionError     an unknown function, a wrong number or type of arguments
    │   ├── RDFSyntaxError    an RDF document that does not parse
    │   │   └── TermLengthError   a term in it is longer than its syntax's reader takes
    │   ├── QueryError        a SPARQL text that does not parse or asks what is not offered
    │   ├── MappingError      a mapping file that is not valid RML / R2RML
    │   ├── RuleError         a link rule file that is not valid
    │   ├── PipelineError     a pipeline file that is not valid
    │   ├── FederationError   a members file that is not valid
    │   ├── SettingsError     a server settings file that is not valid
    │   └── SourceError       a source of data that is missing, broken or of the wrong shape
    ├── StoreError            a store that cannot be opened or written
    │   ├── StoreLockedError  another process is writing
    │   └── StoreVersionError written by a newer earthgraph
    ├── EngineError           an engine failed to run a relation
    │   ├── EngineUnavailableError  a library, Java or a cluster is missing
    │   ├── CancelledError    the caller asked to stop
    │   └── LimitError        time, memory, rows or disk space ran out
    └── MemberError           a federation member did not answer as it should

A message says what is wrong, where, shows the value (cut to 80 characters) and
what to do about it. The parts are attributes too. HTTP and the command line
map these classes to status and exit codes in one table each.
"""

from __future__ import annotations

VALUE_LENGTH = 80


class EarthgraphError(Exception):
    """Root of every error that earthgraph raises on purpose.

    Parameters
    ----------
    what
        What is wrong, one sentence without a full stop.
    where
        File, line, row, term, column or character position.
    value
        The offending value; cut to 80 characters in the message.
    hint
        What to do about it.
    """

    def __init__(
        self, what: str, *, where: str | None = None, value: object = None, hint: str | None = None
    ) -> None:
        self.what = what
        self.where = where
        self.value = None if value is None else shorten(str(value))
        self.hint = hint
        super().__init__(self._message())

    def _message(self) -> str:
        text = self.what
        if self.where:
            text = f"{self.where}: {text}"
        if self.value is not None:
            text += f": {self.value!r}"
        if self.hint:
            text += f". {self.hint}"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by parts: errors cross process borders (Spark workers, join workers)."""
        return _rebuild, (type(self), self.what, self.where, self.value, self.hint)


def _rebuild(
    cls: type[EarthgraphError], what: str, where: str | None, value: object, hint: str | None
) -> EarthgraphError:
    return cls(what, where=where, value=value, hint=hint)


def shorten(text: str, length: int = VALUE_LENGTH) -> str:
    """Cut `text` to `length` characters, with an ellipsis where something was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"


class InputError(EarthgraphError, ValueError):
    """What the user gave is wrong."""


class LiteralError(InputError):
    """A literal cannot be read."""


class CRSError(InputError):
    """A coordinate reference system is unknown, missing or mixed."""


class UnitError(InputError):
    """A unit of measure is unknown or does not fit the function."""


class FunctionError(InputError):
    """A function is unknown or called with the wrong number or type of arguments."""


class RDFSyntaxError(InputError):
    """An RDF document does not parse."""


class TermLengthError(RDFSyntaxError):
    """A term of an RDF document is longer than the reader of its syntax takes."""


class QueryError(InputError):
    """A SPARQL text does not parse or asks for what is not offered."""


class MappingError(InputError):
    """A mapping file is not valid."""


class RuleError(InputError):
    """A link rule file is not valid."""


class PipelineError(InputError):
    """A pipeline file is not valid."""


class FederationError(InputError):
    """A members file is not valid."""


class SettingsError(InputError):
    """A server settings file is not valid."""


class SourceError(InputError):
    """A source of data is missing, broken or of the wrong shape."""


class StoreError(EarthgraphError):
    """A store cannot be opened or written."""


class StoreLockedError(StoreError):
    """Another process is writing to the store."""


class StoreVersionError(StoreError):
    """The store was written by a newer earthgraph."""


class EngineError(EarthgraphError):
    """An engine failed to run a relation."""


class EngineUnavailableError(EngineError):
    """A library, Java or a cluster that an engine needs is missing."""


class CancelledError(EngineError):
    """The caller asked to stop."""


class LimitError(EngineError):
    """Time, memory, rows or disk space ran out."""


class MemberError(EarthgraphError):
    """A federation member did not answer as it should."""
