"""The process `report`: incidents of a request, counted as `dezone report` counts a file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dezone.serve.checking import as_texts, deciding
from dezone.serve.problems import RequestError
from geodata.atlas import Atlas
from zones.tables.question import ask
from zones.tables.rows import table_of

OUTPUTS: Mapping[str, tuple[str, str]] = {
    "report": ("application/json", "Its numbers"),
    "page": ("text/html", "Its page, which needs no network"),
    "folder": (
        "application/zip",
        "The folder that `dezone report` writes, and incidents.json, which it was made from",
    ),
}
"""What can be asked for, one at a time: media type and title."""

_INCIDENTS = "incidents.json"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first day that a ZIP can say


def can_report() -> bool:
    """Tell whether `dezone report` is installed."""
    return _maker() is not None


def _maker() -> Callable[..., Any] | None:
    from dezone.cli import features

    return next((one.report_rows for one in features() if hasattr(one, "report_rows")), None)


def report(atlas: Atlas, inputs: Mapping[str, Any], outputs: Any) -> tuple[str, Any]:
    """Return the media type and the content of a report.

    Parameters
    ----------
    inputs
        `incidents`, a list of objects, and what decides for all of them.
    outputs
        Which of `OUTPUTS`, as a list or as the keys of an object; the numbers where None.

    Raises
    ------
    DezoneError
        What is given cannot be read; several outputs at a time.
    """
    make = _maker()
    assert make is not None  # noqa: S101  (the process is there where it is)
    wanted = _output(outputs)
    stated = deciding({name: value for name, value in inputs.items() if name != "incidents"})
    question = ask(**stated, atlas=atlas)
    rows = inputs.get("incidents")
    table = table_of(as_texts(rows))
    content = msgspec.json.encode(rows)
    found = make(table, question, _INCIDENTS, content)
    kind, _ = OUTPUTS[wanted]
    if wanted == "report":
        return kind, found.numbers()
    if wanted == "page":
        return kind, found.page()
    inner = {f"report/{name}": written for name, written in found.files().items()}
    return kind, _zip({_INCIDENTS: content, **inner})


def _output(asked: Any) -> str:
    if asked is None or asked in ({}, []):
        return "report"
    names = list(asked) if isinstance(asked, list | dict) else [asked]
    if len(names) != 1 or names[0] not in OUTPUTS:
        raise RequestError(
            400,
            f"expected one output of {', '.join(OUTPUTS)}, found "
            f"{', '.join(map(str, names))[:80]!r}; ask for one at a time.",
        )
    return str(names[0])


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Return files as a ZIP: the same bytes each time."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return whole.getvalue()
