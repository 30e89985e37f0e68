"""Install what the tests in other programs need, where that may be done, and say what is missing.

Run by `make test-apps`; it never fails: a test whose program is not there says so itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess

# A command that shows whether it is there, and Debian's packages of it.
PROGRAMS = {
    "QGIS": ("qgis_process.bin", ("qgis", "python3-qgis", "qgis-providers")),
    "PostGIS": ("pg_ctlcluster", ("postgresql", "postgresql-15-postgis-3")),
    "GDAL": ("ogrinfo", ("gdal-bin",)),
    "Firefox": ("firefox-esr", ("firefox-esr",)),
    "WebKit": ("WebKitWebDriver", ("webkit2gtk-driver", "xvfb")),
    "R": ("Rscript", ("r-base-core", "r-cran-sf", "r-cran-jsonlite")),
}


def main() -> None:
    """Install what is missing."""
    missing = {name: found for name, found in PROGRAMS.items() if shutil.which(found[0]) is None}
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        packages = [package for _, several in missing.values() for package in several]
        print("Installing", *packages)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    for name, (command, packages) in PROGRAMS.items():
        if shutil.which(command) is None:
            print(f"{name} is not there, its tests are skipped (Debian: {' '.join(packages)})")


if __name__ == "__main__":
    main()
