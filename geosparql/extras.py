"""Packages that only some need: imported at first use, and told by the extra that brings them."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from geosparql.errors import EngineUnavailableError


def module_of_extra(name: str, extra: str, what: str) -> ModuleType:
    """Import a module of a package that is an extra of ours.

    Parameters
    ----------
    name
        Of the module.
    extra
        The extra of earthgraph that installs it.
    what
        Who needs it, for the message.

    Raises
    ------
    EngineUnavailableError
        Where it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise EngineUnavailableError(
            f"{what} need the package {name.split('.', maxsplit=1)[0]}",
            hint=f'pip install "earthgraph[{extra}]"',
        ) from error
