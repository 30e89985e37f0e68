"""Pack the plugin for QGIS: dist/dezone_qgis.zip, the same bytes each time."""

from __future__ import annotations

import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "qgis" / "dezone_qgis"


def pack(folder: Path) -> Path:
    """Write the plugin with its licence into a folder; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "dezone_qgis.zip"
    files = {path.name: path.read_bytes() for path in PLUGIN.iterdir() if path.is_file()}
    files["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    files["metadata.txt"] += f"version={project['version']}\n".encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"dezone_qgis/{name}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return target


if __name__ == "__main__":
    print(pack(Path(sys.argv[1])))
