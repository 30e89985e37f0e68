"""The process: its streams and signals, and how it ends when the system fails it."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TextIO

from dezone import show
from geodata.errors import InputError

_ERRORS = "dezone-legible"
_SIGNALS = ("SIGTERM", "SIGHUP")
_NEAR = {"–": "-", "—": "-", "−": "-", "·": "-", "…": "...", "’": "'", "\u202f": " ", "→": "->"}


@contextmanager
def running() -> Iterator[None]:
    """Run a command so that it ends cleanly whatever happens outside it.

    - Closed streams and limited encodings cause no traceback: reading from or writing to a closed
      stream is refused, and a character that the encoding lacks is written as a similar one or as
      ``\\u0627``.
    - SIGTERM and SIGHUP end it as an interrupt from the keyboard does: everything temporary is
      removed on the way out. The exit status is 128 plus the signal's number.
    - Whatever the system refuses (a full disk, a name too long, too little memory) is reported in
      one line, with exit status 1.
    """
    room = _spare_address_space()
    _open_descriptors()
    sys.stdin, sys.stdout, sys.stderr = _stdin(), _stdout(), _stderr()
    try:
        if room < _ENOUGH:
            show.note(
                f"memory is limited to {room >> 20} MiB (ulimit -v): below {_ENOUGH >> 20} MiB a "
                "library may end this process without a message"
            )
        with _signals():
            yield
            sys.stdout.flush()
    except _Ended as ended:
        sys.exit(128 + ended.signal)
    except BrokenPipeError:
        _give_up_stdout()
        sys.exit(1)
    except Exception as error:
        if not _is_outside(error):
            raise  # a fault of ours, or for the command line to say
        _give_up_stdout()
        with contextlib.suppress(OSError):
            show.note(f"Error: {_said(error)}")
        sys.exit(1)


_OUTSIDE = (OSError, MemoryError, RecursionError, UnicodeEncodeError)


def _spare_address_space() -> int:
    """Keep libraries from reserving address space where it is limited; return the limit in bytes.

    If refused, they would end the process without any message.
    """
    try:
        import resource
    except ImportError:  # not a Unix
        return sys.maxsize
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return sys.maxsize
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return limit


_ENOUGH = 2 << 30
"""Bytes of address space below which C++ libraries were seen to abort the process."""


def spare_pandas() -> None:
    """Keep pyarrow from importing pandas, which takes longer than tagging a small file.

    pyarrow looks for it once, when it first makes an array, only to recognise its types, which a
    command without frames does not need. Any other import of pandas works as before.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    sys.meta_path.insert(0, _WithoutPandas)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(_WithoutPandas)


class _WithoutPandas:
    """Finds modules as if pandas were not installed."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        """Refuse pandas; leave all else to the other finders."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def _is_outside(error: Exception) -> bool:
    return isinstance(error, _OUTSIDE) or _is_memory(error)


def _is_memory(error: BaseException) -> bool:
    """Tell whether an error means a lack of memory, whatever class a library gives it.

    Where memory is limited, Python's own "error return without exception set" does, too.
    """
    if isinstance(error, SystemError):
        return _spare_address_space() < _ENOUGH
    return isinstance(error, MemoryError) or any(part in str(error) for part in _NO_MEMORY)


_NO_MEMORY = ("can't start new thread", "std::bad_alloc", "failed to map segment")


def _said(error: BaseException) -> str:
    """Return what the system refused: what was expected, what was found, what to do."""
    if _is_memory(error):
        return "expected more memory, found none left; take a smaller file, or a larger machine."
    if isinstance(error, RecursionError):
        return "expected values some levels deep, found far too many levels; use another file."
    if isinstance(error, UnicodeEncodeError):
        return (
            f"expected names in Unicode, found bytes that are none in "
            f"{error.object[:80]!r}; rename the file."
        )
    assert isinstance(error, OSError)  # noqa: S101  (the only one left)
    what = error.strerror or str(error).partition("\n")[0] or type(error).__name__
    name = "" if error.filename is None else f" ({str(error.filename)[:200]})"
    expected, remedy = _EXPECTED.get(error.errno, _EXPECTED[None])
    return f"expected {expected}, found: {what}{name}; {remedy}."


_EXPECTED = {
    None: ("a file or a stream within reach", "check its name and its permissions"),
    errno.ENOSPC: ("room to write", "make room, or write elsewhere"),
    errno.EDQUOT: ("room to write", "make room, or write elsewhere"),
    errno.ENAMETOOLONG: ("a name that the disk can hold", "choose a shorter one"),
    errno.EBADF: ("a standard stream", "leave it open, or name a file"),
}
"""What was expected and what to do, by the system's number for what went wrong."""


# -- streams --------------------------------------------------------------------------------


class _Closed(io.RawIOBase):
    """A standard stream that the caller has closed; it fails when it is used, not before."""

    def __init__(self, name: str) -> None:
        self.name = name

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, _: Any) -> int:
        raise InputError(
            f"expected incidents on {self.name}, found it closed; name or redirect a file."
        )

    def write(self, _: Any) -> int:
        raise OSError(errno.EBADF, "it is closed", self.name)


def _open_descriptors() -> None:
    """Open closed standard descriptors, so that no file of ours gets their numbers."""
    with contextlib.suppress(OSError):
        while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(opened)


def _stdin() -> TextIO:
    return sys.stdin or io.TextIOWrapper(io.BufferedReader(_Closed("standard input")))


def _stdout() -> TextIO:
    if sys.stdout is None:
        return io.TextIOWrapper(io.BufferedWriter(_Closed("standard output")), write_through=True)
    return _legible(sys.stdout)


def _stderr() -> TextIO:
    if sys.stderr is None:  # nobody listens: what is said there is lost, as asked
        return io.TextIOWrapper(io.BytesIO())
    return _legible(sys.stderr)


def _legible(stream: TextIO) -> TextIO:
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors=_ERRORS)
    return stream


def _near(error: UnicodeError) -> tuple[str, int]:
    """Return a similar character that the encoding has, or else an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    char = error.object[error.start]
    found = _NEAR.get(char, "")
    return found or f"\\u{ord(char):04x}", error.start + 1


codecs.register_error(_ERRORS, _near)


def _give_up_stdout() -> None:
    """Discard output that could not be written, so that the interpreter does not try again."""
    sys.stdout = io.TextIOWrapper(io.BytesIO())


# -- signals --------------------------------------------------------------------------------


class _Ended(BaseException):
    """The process was asked to end; not an Exception, so that no handler takes it for an error."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


@contextmanager
def _signals() -> Iterator[None]:
    """Let signals that end the process unwind it first; ignored signals stay ignored."""

    def end(number: int, _: FrameType | None) -> None:
        for one in before:
            signal.signal(one, signal.SIG_IGN)  # a second one must not disturb the tidying
        raise _Ended(number)

    before: dict[int, Any] = {}
    try:
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, end)
    except ValueError:
        before.clear()  # not in the main thread, which alone is sent signals
    try:
        yield
    except _Ended:
        raise  # signals stay ignored: what is temporary goes as late as at the interpreter's end
    except BaseException:
        _restore(before)
        raise
    _restore(before)


def _restore(handlers: dict[int, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
