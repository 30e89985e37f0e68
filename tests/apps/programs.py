"""Install what the tests in other programs need, where that may be done, and say what is missing.

Run by `make test-apps`; it never fails: a test whose program is not there says so itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

# A command or file that shows whether it is there, and Debian's packages of it.
PROGRAMS = {
    "QGIS": ("qgis_process.bin", ("qgis", "python3-qgis", "qgis-providers")),
    "PostGIS": (
        "/usr/share/postgresql/15/extension/postgis.control",
        ("postgresql", "postgresql-15-postgis-3"),
    ),
    "GDAL": ("ogrinfo", ("gdal-bin",)),
    "Firefox": ("firefox-esr", ("firefox-esr",)),
    "WebKit": ("WebKitWebDriver", ("webkit2gtk-driver", "xvfb")),
    "R": ("Rscript", ("r-base-core", "r-cran-sf", "r-cran-jsonlite")),
}


def main() -> None:
    """Install what is missing."""
    missing = {name: found for name, found in PROGRAMS.items() if not _is_there(found[0])}
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        packages = [package for _, several in missing.values() for package in several]
        print("Installing", *packages)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    for name, (command, packages) in PROGRAMS.items():
        if not _is_there(command):
            print(f"{name} is not there, its tests are skipped (Debian: {' '.join(packages)})")


def _is_there(mark: str) -> bool:
    return shutil.which(mark) is not None or Path(mark).is_file()


if __name__ == "__main__":
    main()
