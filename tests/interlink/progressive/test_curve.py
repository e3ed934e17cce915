"""Recall along a run, and its one number."""

from __future__ import annotations

import numpy as np
import pytest

from interlink.progressive.curve import Curve


def curve(linked: list[bool]) -> Curve:
    ends = np.arange(1, len(linked) + 1)
    return Curve(np.array(linked, dtype=bool), ends, ends * 2.0, ends * 3.0)


def test_progressive_recall_is_the_mean_recall() -> None:
    assert curve([True, True, False, False]).progressive_recall() == pytest.approx(3.5 / 4)
    assert curve([False, False, True, True]).progressive_recall() == pytest.approx(1.5 / 4)
    assert curve([True, False]).progressive_recall(total=4) == pytest.approx(0.25)
    assert curve([]).progressive_recall() == 0.0
    assert curve([False]).progressive_recall() == 0.0


def test_links_along_the_way() -> None:
    run = curve([True, False, True, True])
    assert run.steps(2) == [(2, 1), (4, 3)]
    assert run.steps() == [(1, 1), (2, 1), (3, 2), (4, 3)]
    assert run.found_after(4.0) == 1
    assert run.found_after(7.0) == 2.5
    assert run.found_after(100.0) == 3
