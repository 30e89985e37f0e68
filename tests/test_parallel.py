"""Work in threads comes in order, and ends when nobody waits for it any more."""

import os
import signal
from concurrent.futures import CancelledError
from threading import Event, Thread

import pytest

from geodata.parallel import go_on, in_order


def test_results_come_in_the_order_of_the_items():
    assert list(in_order(lambda i: i * i, range(50), workers=3)) == [i * i for i in range(50)]
    assert list(in_order(lambda i: i * i, range(50), workers=1)) == [i * i for i in range(50)]


@pytest.fixture
def interruptible():
    """Let the signal interrupt: what a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_endless_work_ends_when_its_results_are_no_longer_wanted(depth):
    begun, ended = Event(), Event()

    def endless(_):
        begun.set()
        try:
            while True:
                go_on()
        except CancelledError:
            ended.set()
            raise

    def nested(_, left):
        if left == 1:
            return endless(_)
        return list(in_order(lambda item: nested(item, left - 1), [1], workers=2))

    def interrupt():
        begun.wait()
        os.kill(os.getpid(), signal.SIGINT)

    Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        list(in_order(lambda item: nested(item, depth), [1], workers=2))
    assert ended.wait(60)
