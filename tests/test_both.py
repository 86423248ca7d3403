"""Both photos side by side: results in order, the first trouble first, never waiting for itself."""

import threading

import pytest

from skindelta.both import both, side_by_side


def test_results_come_in_the_order_of_the_photos():
    waiting = threading.Event()

    def work(name):
        if name == "before":
            assert waiting.wait(10)  # the after photo is worked on meanwhile
        waiting.set()
        return name.upper()

    assert both(work, "before", "after") == ("BEFORE", "AFTER")


@pytest.mark.parametrize(("broken", "first"), [("ab", "a"), ("b", "b")])
def test_trouble_with_the_before_photo_comes_first(broken, first):
    def work(name):
        if name in broken:
            raise ValueError(name)
        return name

    with pytest.raises(ValueError, match=first):
        both(work, "a", "b")
    assert both(str.upper, "a", "b") == ("A", "B")


def test_work_that_would_wait_for_itself_is_told_so():
    with pytest.raises(RuntimeError, match="work of another both"):
        both(lambda _: both(str.upper, "a", "b"), 1, 2)


def test_two_things_are_done_at_once():
    begun = threading.Event()

    def first():
        assert begun.wait(10)  # only the second lets it go on
        return 1

    def second():
        begun.set()
        return "two"

    assert side_by_side(first, second) == (1, "two")
