"""Exit codes cover the whole error tree, the most special class first."""

import pytest

from earthgraph.terminal import EXIT_CODES, exit_code
from geosparql import errors


def tree() -> list[type[errors.EarthgraphError]]:
    found = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.EarthgraphError)
    ]
    assert len(found) > 15
    return found


@pytest.mark.parametrize("kind", tree())
def test_every_error_has_an_exit_code(kind: type[errors.EarthgraphError]) -> None:
    assert exit_code(kind("something")) > 0


def test_no_row_hides_a_later_one() -> None:
    kinds = [kind for kind, _, _ in EXIT_CODES]
    for index, kind in enumerate(kinds):
        assert not any(issubclass(later, kind) for later in kinds[index + 1 :])


@pytest.mark.parametrize("kind", tree())
def test_errors_cross_process_borders(kind: type[errors.EarthgraphError]) -> None:
    import pickle

    error = kind("It is wrong", where="file.nt:3", value="x" * 200, hint="Mend it")
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.hint) == (kind, str(error), "Mend it")
    assert len(back.value or "") == 80
