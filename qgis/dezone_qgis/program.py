"""Finding the command of dezone, and running it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from processing.core.ProcessingConfig import ProcessingConfig
from qgis.core import QgsProcessingException

SETTING = "DEZONE_COMMAND"

MISSING = (
    "expected the command dezone, found none: {where}. Install the wheel of a release, a file "
    "dezone-VERSION-py3-none-any.whl, beside QGIS (in a terminal: uv tool install FILE, or pipx "
    "install FILE) or into QGIS's own Python (python -m pip install FILE), or name the command in "
    "Settings > Options > Processing > Providers > dezone."
)

# What belongs to QGIS's own Python and libraries, and would mislead another one.
_OURS_ALONE = ("PYTHONHOME", "PYTHONPATH", "GDAL_DATA", "GDAL_DRIVER_PATH", "PROJ_LIB", "PROJ_DATA")


def find_program() -> tuple[list[str], dict[str, str]]:
    """Return the words that start dezone, and the environment that it needs.

    In this order: what is stated (the setting, or DEZONE_COMMAND), QGIS's own Python, the path,
    the folders in which uv and pipx put commands.

    Raises
    ------
    QgsProcessingException
        There is none; it says how to install one.
    """
    alone = {name: value for name, value in os.environ.items() if name not in _OURS_ALONE}
    stated = ProcessingConfig.getSetting(SETTING) or os.environ.get("DEZONE_COMMAND", "")
    if stated:
        if shutil.which(stated) is None:
            raise QgsProcessingException(MISSING.format(where=f"{stated!r} is no command"))
        return [stated], alone
    if _is_ours(importlib.util.find_spec("dezone")):
        python = _python()
        if python is not None:
            return [python, "-m", "dezone"], dict(os.environ)
    name = "dezone.exe" if os.name == "nt" else "dezone"
    found = shutil.which("dezone") or next(
        (str(path) for path in (folder / name for folder in _folders()) if path.is_file()), None
    )
    if found is None:
        raise QgsProcessingException(
            MISSING.format(where="neither on the path nor where uv and pipx put it")
        )
    return [found], alone


def _is_ours(spec) -> bool:
    """Tell whether a module called dezone is the program."""
    folders = getattr(spec, "submodule_search_locations", None) or ()
    return any(Path(folder, "cli.py").is_file() for folder in folders)


def _python() -> str | None:
    """Return QGIS's own Python: on Windows the running program is QGIS itself."""
    if Path(sys.executable).stem.lower().startswith("python"):
        return sys.executable
    name = "python3.exe" if os.name == "nt" else "bin/python3"
    inside = Path(sys.prefix, name)
    return str(inside) if inside.is_file() else shutil.which("python3")


def _folders() -> list[Path]:
    home = Path.home()
    return [home / ".local" / "bin", home / "pipx" / "venvs" / "dezone" / "bin", home / "bin"]


def run_program(arguments: list[str], feedback) -> str:
    """Run dezone, and return what it prints.

    What it says beside is shown; rows that cannot be read are a warning, since they are written.

    Raises
    ------
    QgsProcessingException
        It cannot be found, it found an error, or the user cancelled.
    """
    words, environment = find_program()
    environment.update(PYTHONIOENCODING="utf-8", PYTHONUTF8="1")
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # no black window on Windows
    feedback.pushCommandInfo(" ".join([*words, *arguments]))
    with subprocess.Popen(  # noqa: S603  (a list of words: no shell reads them)
        [*words, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        creationflags=hidden,
    ) as process:
        out, said = _wait(process, feedback)
    lines = said.decode("utf-8", "replace").splitlines()
    if process.returncode == 0:
        for line in lines:
            feedback.pushInfo(line)
    elif process.returncode == 3:
        for line in lines:
            feedback.reportError(line)
    else:
        raise QgsProcessingException("\n".join(lines) or f"dezone ended with {process.returncode}")
    return out.decode("utf-8", "replace")


def _wait(process, feedback) -> tuple[bytes, bytes]:
    """Return what a process prints and says, or end it when the user cancels."""
    while True:
        try:
            return process.communicate(timeout=0.2)
        except subprocess.TimeoutExpired:
            if feedback.isCanceled():
                process.terminate()
                time.sleep(0.1)
                process.kill()
                process.communicate()
                raise QgsProcessingException("cancelled") from None
