"""Cards that say who made them, and when: held against OpenSSH and OpenSSL themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dezone.cli import main
from dezone.signature import signature_of

KEYGEN, OPENSSL = shutil.which("ssh-keygen"), shutil.which("openssl")
needs_ssh = pytest.mark.skipif(KEYGEN is None, reason="ssh-keygen is not installed")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
ASKED = ["check", "33.5271", "36.3861", "--date", "2018-03-12"]


def run(*words: object, **options: object) -> str:
    command = [str(word) for word in words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def dezone(*words: object, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=answer)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name, passphrase in (("amal", ""), ("other", ""), ("kept", "long and secret")):
        key = folder / name
        run(KEYGEN, "-q", "-t", "ed25519", "-N", passphrase, "-C", f"{name}@example", "-f", key)
    run(KEYGEN, "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", folder / "rsa")
    kind, key, _ = (folder / "amal.pub").read_text().split()
    (folder / "signers").write_text(f"# ours\namal@example {kind} {key}\n", "utf-8")
    kind, key, _ = (folder / "other.pub").read_text().split()
    (folder / "others").write_text(
        f'other@example namespaces="dezone-card" {kind} {key}\n', "utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def signed(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A card in three formats, signed."""
    folder = tmp_path_factory.mktemp("cards")
    cards = [word for kind in ("json", "html", "svg") for word in ("--card", folder / f"a.{kind}")]
    done = dezone(*ASKED, *cards, "--sign", keys / "amal")
    assert done.exit_code == 0, done.output
    return folder


@needs_ssh
@pytest.mark.parametrize("suffix", ["json", "html", "svg"])
def test_openssh_accepts_what_is_signed_here(signed: Path, keys: Path, suffix: str) -> None:
    card = signed / f"a.{suffix}"
    words = ["-Y", "verify", "-f", keys / "signers", "-I", "amal@example", "-n", "dezone-card"]
    with card.open("rb") as content:
        said = run(KEYGEN, *words, "-s", signature_of(card), stdin=content)
    assert "Good" in said


@needs_ssh
def test_what_openssh_signs_is_accepted_here(signed: Path, keys: Path, tmp_path: Path) -> None:
    card = Path(shutil.copy(signed / "a.json", tmp_path))
    run(KEYGEN, "-Y", "sign", "-f", keys / "other", "-n", "dezone-card", card)
    done = dezone("verify", card, "--signers", keys / "others")
    assert done.exit_code == 0, done.output
    assert "signature (by other@example, key SHA256:" in done.output


@needs_ssh
@pytest.mark.parametrize("suffix", ["json", "html", "svg"])
def test_verify_says_by_whom(signed: Path, keys: Path, suffix: str) -> None:
    card = signed / f"a.{suffix}"
    fingerprint = run(KEYGEN, "-l", "-f", keys / "amal.pub").split()[1]
    known = dezone("verify", card, "--signers", keys / "signers")
    assert known.exit_code == 0, known.output
    assert f"signature (by amal@example, key {fingerprint})" in known.output
    unnamed = dezone("verify", card)
    assert unnamed.exit_code == 0
    assert f"signature (key {fingerprint}; --signers FILE says whose it is)" in unnamed.output
    strange = dezone("verify", card, "--signers", keys / "others")
    assert strange.exit_code == 4
    assert f"signed by the key {fingerprint}, which is not one of others" in strange.output


@needs_ssh
def test_a_signature_that_must_be_there_and_is_not(
    signed: Path, keys: Path, tmp_path: Path
) -> None:
    card = Path(shutil.copy(signed / "a.json", tmp_path))
    assert dezone("verify", card).exit_code == 0
    done = dezone("verify", card, "--signers", keys / "signers")
    assert done.exit_code == 4
    assert "expected a signature in 'a.json.sig'" in done.output
    signature_of(card).symlink_to(signature_of(signed / "a.json"))  # it may lead to any file
    assert "unsigned" in dezone("verify", card).output


@needs_ssh
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda text: text.replace("A", "B", 1), "damaged|broken"),
        (lambda text: text[: len(text) // 2], "expected a signature of OpenSSH"),
        (lambda _: "", "expected a signature of OpenSSH"),
        (lambda text: text * 60, "expected a few hundred bytes"),
    ],
    ids=["changed", "cut", "empty", "long"],
)
def test_a_broken_signature_is_said(signed: Path, tmp_path: Path, harm, said: str) -> None:
    card = Path(shutil.copy(signed / "a.json", tmp_path))
    text = signature_of(signed / "a.json").read_text()
    signature_of(card).write_text(harm(text))
    done = dezone("verify", card)
    assert done.exit_code == 4
    assert any(part in done.output for part in said.split("|"))


@needs_ssh
def test_a_signature_made_for_something_else_or_by_another_kind_of_key(
    signed: Path, keys: Path, tmp_path: Path
) -> None:
    card = Path(shutil.copy(signed / "a.json", tmp_path))
    for key, namespace, said in (
        ("amal", "file", "expected one made for 'dezone-card', found one for 'file'"),
        ("rsa", "dezone-card", "expected an Ed25519 key"),
    ):
        signature_of(card).unlink(missing_ok=True)
        run(KEYGEN, "-Y", "sign", "-f", keys / key, "-n", namespace, card)
        done = dezone("verify", card)
        assert done.exit_code == 4
        assert said in done.output


@needs_ssh
def test_a_key_with_a_passphrase_asks_for_it(keys: Path, tmp_path: Path) -> None:
    words = [*ASKED, "--card", tmp_path / "a.json", "--sign", keys / "kept"]
    wrong = dezone(*words, answer="guess\n")
    assert wrong.exit_code == 1
    assert "expected the passphrase of the key in 'kept'" in wrong.output
    assert list(tmp_path.iterdir()) == []
    right = dezone(*words, answer="long and secret\n")
    assert right.exit_code == 0, right.output
    assert "long and secret" not in right.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.json.sig"]


@needs_ssh
@pytest.mark.parametrize("name", ["rsa", "amal.pub"])
def test_what_is_no_ed25519_key_is_said_before_anything_is_written(
    keys: Path, tmp_path: Path, name: str
) -> None:
    done = dezone(*ASKED, "--card", tmp_path / "a.json", "--sign", keys / name)
    assert done.exit_code == 1
    assert "ssh-keygen -t ed25519" in done.output
    assert list(tmp_path.iterdir()) == []


@needs_ssh
def test_a_signature_is_not_written_over_the_key(keys: Path, tmp_path: Path) -> None:
    key = Path(shutil.copy(keys / "amal", tmp_path / "a.json.sig"))
    before = key.read_bytes()
    done = dezone(*ASKED, "--card", tmp_path / "a.json", "--sign", key)
    assert done.exit_code == 1
    assert "what is read" in done.output
    assert key.read_bytes() == before
    assert not (tmp_path / "a.json").exists()


@needs_ssh
def test_there_must_be_something_to_sign(keys: Path) -> None:
    done = dezone(*ASKED, "--sign", keys / "amal")
    assert done.exit_code == 2
    assert "expected --card beside --sign" in done.output


# -- time stamps --------------------------------------------------------------------------------

CONFIG = """
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[stamp]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
signer_digest = sha256
ess_cert_id_alg = sha256
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority of our own: its root, its key, and what it stamps with."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "all.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01\n")
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for name in ("ca", "strange"):
        about = ["-subj", f"/CN={name}", "-days", "3650", "-config", "all.cnf", "-extensions", "ca"]
        out = ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
        request = "[req]\ndistinguished_name = who\n[who]\n" + CONFIG
        (folder / "all.cnf").write_text(request)
        run(OPENSSL, "req", "-x509", *new, *about, *out, cwd=folder)
    about = ["-subj", "/CN=tsa", "-config", "all.cnf"]
    run(OPENSSL, "req", *new, *about, "-keyout", "tsa.key", "-out", "tsa.csr", cwd=folder)
    run(
        *(OPENSSL, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
        *("-CAcreateserial", "-days", "3650", "-extfile", "all.cnf", "-extensions", "tsa"),
        *("-out", "tsa.pem"),
        cwd=folder,
    )
    return folder


@pytest.fixture
def stamped(signed: Path, authority: Path, tmp_path: Path) -> Path:
    card = Path(shutil.copy(signed / "a.json", tmp_path))
    run(OPENSSL, "ts", "-query", "-data", card, "-sha256", "-cert", "-out", tmp_path / "a.tsq")
    words = ["-config", "all.cnf", "-section", "stamp", "-queryfile", tmp_path / "a.tsq"]
    run(OPENSSL, "ts", "-reply", *words, "-out", tmp_path / "a.json.tsr", cwd=authority)
    return card


@needs_ssh
@needs_openssl
def test_a_time_stamp_is_verified_offline(stamped: Path, authority: Path) -> None:
    done = dezone("verify", stamped, "--authority", authority / "ca.pem")
    assert done.exit_code == 0, done.output
    assert "time stamp (20" in done.output
    assert "by ca.pem)" in done.output


@needs_ssh
@needs_openssl
def test_a_time_stamp_of_nobody_known_is_unchecked(stamped: Path) -> None:
    done = dezone("verify", stamped)
    assert done.exit_code == 5
    assert "give the authority's certificates with --authority" in done.output


@needs_ssh
@needs_openssl
def test_a_time_stamp_by_another_or_of_another_file(
    stamped: Path, authority: Path, signed: Path
) -> None:
    other = dezone("verify", stamped, "--authority", authority / "strange.pem")
    assert other.exit_code == 4
    assert "time stamp broken, or not by strange.pem" in other.output
    shutil.copy(f"{stamped}.tsr", signed / "a.svg.tsr")
    moved = dezone("verify", signed / "a.svg", "--authority", authority / "ca.pem")
    (signed / "a.svg.tsr").unlink()
    assert moved.exit_code == 4
    assert "a.svg is not what was stamped" in moved.output


@needs_ssh
@needs_openssl
def test_a_time_stamp_that_only_openssl_reads_is_unchecked(stamped: Path, authority: Path) -> None:
    settings = (authority / "all.cnf").read_text()
    (authority / "loose.cnf").write_text(settings.replace("[stamp]", "[stamp]\ncerts = ca.pem"))
    query = stamped.with_name("a.tsq")
    words = ["-config", "loose.cnf", "-section", "stamp", "-queryfile", query]
    run(OPENSSL, "ts", "-reply", *words, "-out", f"{stamped}.tsr", cwd=authority)
    done = dezone("verify", stamped, "--authority", authority / "ca.pem")
    assert done.exit_code in (0, 5), done.output  # by chance the certificates lie in order
    if done.exit_code:
        assert "openssl ts -verify" in done.output
    said = ["-in", f"{stamped}.tsr", "-data", stamped, "-CAfile", authority / "ca.pem"]
    run(OPENSSL, "ts", "-verify", *said)


@needs_ssh
@needs_openssl
def test_what_is_no_time_stamp_is_said(signed: Path, authority: Path, tmp_path: Path) -> None:
    card = Path(shutil.copy(signed / "a.json", tmp_path))
    missing = dezone("verify", card, "--authority", authority / "ca.pem")
    assert missing.exit_code == 4
    assert "expected a time stamp in 'a.json.tsr'" in missing.output
    with Path(f"{card}.tsr").open("wb") as much:
        much.truncate(2_000_000)
    large = dezone("verify", card, "--authority", authority / "ca.pem")
    assert large.exit_code == 4
    assert "expected a few kilobytes" in large.output
    Path(f"{card}.tsr").write_bytes(b"\x30\x03\x02\x01\x02")
    broken = dezone("verify", card, "--authority", authority / "ca.pem")
    assert broken.exit_code == 4
    assert "expected a time stamp (RFC 3161)" in broken.output
