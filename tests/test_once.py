"""`once`: a method that is called when its value is first read."""

import pytest

from planguard.once import once


class _Counting:
    def __init__(self) -> None:
        self.calls = 0

    @once
    def answer(self) -> int:
        """What is asked."""
        self.calls += 1
        return 42 + self.calls


def test_asks_once() -> None:
    found = _Counting()
    assert (found.answer, found.answer, found.calls) == (43, 43, 1)


def test_objects_do_not_share_answers() -> None:
    one, other = _Counting(), _Counting()
    one.calls = 10
    assert (one.answer, other.answer) == (53, 43)


def test_what_fails_is_asked_again() -> None:
    class Failing:
        tries = 0

        @once
        def answer(self) -> int:
            self.tries += 1
            if self.tries == 1:
                raise ValueError
            return self.tries

    found = Failing()
    with pytest.raises(ValueError):
        _ = found.answer
    assert found.answer == 2


def test_the_class_still_tells_what_it_is() -> None:
    assert isinstance(_Counting.answer, once)
    assert _Counting.answer.__doc__ == "What is asked."
