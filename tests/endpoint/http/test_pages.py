"""The pages in a real browser: what a person sees, and what the form asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
import rasterio

from endpoint.http.landing import EXAMPLE
from geosparql.vocabulary import GEO

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH (apt: chromium)")
TRIANGLE = f'SELECT ("POLYGON ((0 0, 4 0, 2 3, 0 0))"^^<{GEO}wktLiteral> AS ?w) {{}}'
FILL = (181, 223, 209)
"""The green of a geometry, through which the ground of the map is seen."""
SCRIPT = "<img src=x onerror='document.title=1'><script>document.title=2</script>"


def browse(folder: Path, address: str, *switches: str) -> str:
    """Open a page, without a network beyond loopback; give what the browser says of it."""
    command = [
        str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update",
        f"--user-data-dir={folder / 'profile'}", "--window-size=800,600", *switches, address,
    ]  # fmt: skip
    home = {**os.environ, "HOME": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=home)
    return done.stdout


def asked(server: str, query: str) -> str:
    return f"{server}/sparql?{urlencode({'query': query, 'format': 'html'})}"


def test_the_first_page_shows_a_form_with_an_example(server: str, tmp_path: Path) -> None:
    dom = browse(tmp_path, f"{server}/", "--dump-dom")
    assert "<h1>" in dom
    assert '<form action="/sparql" method="get">' in dom
    assert EXAMPLE.splitlines()[1] in dom


def test_an_answer_with_geometries_is_drawn_north_up(server: str, tmp_path: Path) -> None:
    picture, page = tmp_path / "answer.png", asked(server, TRIANGLE)
    assert browse(tmp_path, page, "--dump-dom").count("<path ") == 1
    browse(tmp_path, page, f"--screenshot={picture}")
    filled = np.abs(pixels(picture) - FILL).max(axis=2) <= 2
    rows = np.flatnonzero(filled.any(axis=1))
    widths = filled[rows].sum(axis=1)
    assert len(rows) > 100
    assert widths[0] < widths[len(rows) // 2] < widths[-1]


def pixels(picture: Path) -> Any:
    """Read a picture: (height, width, 3), red, green, blue."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(picture) as opened:
            return np.moveaxis(opened.read([1, 2, 3]).astype(int), 0, 2)


def test_text_of_the_data_is_no_script(server: str, tmp_path: Path) -> None:
    query = f'SELECT ("{SCRIPT}" AS ?x) (<javascript:document.title=3> AS ?y) {{}}'
    dom = browse(tmp_path, asked(server, query), "--dump-dom")
    assert "<title>Answer</title>" in dom
    assert "javascript:document.title=3</td>" in dom
    assert "<script" not in dom
