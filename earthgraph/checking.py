"""Findings of a check as lines or JSON, and the exit code that they mean."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from earthgraph.terminal import exit_code
from geosparql.errors import MappingError

if TYPE_CHECKING:
    from geotriples.check import Finding


def print_findings(findings: Sequence[Finding], stream: TextIO, *, as_json: bool = False) -> int:
    """Write findings, one line each and a last one that counts them.

    Returns
    -------
    int
        Exit code: that of a mapping that is not valid where any is an error, else 0.
    """
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        json.dump([asdict(finding) for finding in findings], stream, ensure_ascii=False, indent=2)
        stream.write("\n")
    else:
        stream.writelines(f"{finding}\n" for finding in findings)
        stream.write(f"{errors} errors, {len(findings) - errors} warnings\n")
    return exit_code(MappingError("The mapping is not valid")) if errors else 0
