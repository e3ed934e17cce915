import numpy as np

from interlink.measures.numbers import difference, numbers_of, ratio


def test_only_numbers_are_read() -> None:
    read = numbers_of(["12", "-1.5e3", " 7 ", "1_000", "INF", "NaN", "twelve", ""])
    assert np.array_equal(read[:3], [12.0, -1500.0, 7.0])
    assert np.isnan(read[3:]).all()


def test_difference_falls_evenly() -> None:
    found = difference(["10", "10", "10", "10"], ["10", "12.5", "15", "99"], max_difference=5)
    assert found.tolist() == [1.0, 0.5, 0.0, 0.0]


def test_ratio() -> None:
    found = ratio(["10", "10", "0", "0", "-2", "x"], ["10", "5", "0", "3", "2", "1"])
    assert found[:5].tolist() == [1.0, 0.5, 1.0, 0.0, 0.0]
    assert np.isnan(found[5])
