"""Signatures beside files, in the format of OpenSSH: they say who vouches for a card.

The signature of ``card.json`` is ``card.json.sig``, as ``ssh-keygen -Y sign -n dezone-card`` writes
it; ``ssh-keygen -Y verify`` checks it without dezone. Keys are Ed25519, those that people have for
ssh. Source of the format: OpenSSH, PROTOCOL.sshsig.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from dezone.verification import Finding, differs, same, unchecked
from geodata.errors import InputError, with_extra
from geodata.whole import write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAMESPACE = "dezone-card"
"""The purpose of a signature: one that was made for mail or code does not count for a card."""

_MAGIC = b"SSHSIG"
_KIND = b"ssh-ed25519"
_FIRST, _LAST = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_LONGEST = 10_000  # bytes; a signature has about 300


def signature_of(path: Path) -> Path:
    """Return the file that holds the signature of a file."""
    return path.with_name(f"{path.name}.sig")


def read_key(path: Path, passphrase: str | None = None) -> Ed25519PrivateKey:
    """Return a private key, from the form of OpenSSH or from PEM.

    Raises
    ------
    InputError
        The file holds no Ed25519 key, or one that the passphrase does not open; or the extra
        ``sign`` is not installed.
    """
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import (
            load_pem_private_key,
            load_ssh_private_key,
        )
    except ImportError:
        raise InputError(_EXTRA) from None
    content = path.read_bytes()
    load = load_ssh_private_key if b"BEGIN OPENSSH" in content[:100] else load_pem_private_key
    try:
        key = load(content, passphrase.encode() if passphrase else None)
    except TypeError:  # a passphrase that is needed and not given, or given and not needed
        raise _PassphraseError(
            f"expected a key that opens, found one with a passphrase in {path.name!r}; give it."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        if passphrase is not None:
            raise InputError(
                f"expected the passphrase of the key in {path.name!r}, found another; try again."
            ) from None
        raise InputError(
            f"expected a private key, found none in {path.name!r}; "
            "make one with `ssh-keygen -t ed25519`."
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(
            f"expected an Ed25519 key, found another kind in {path.name!r}; make one with "
            "`ssh-keygen -t ed25519`."
        )
    return key


def needs_passphrase(path: Path) -> bool:
    """Tell whether a key needs a passphrase.

    Raises
    ------
    InputError
        As `read_key`.
    """
    try:
        read_key(path)
    except _PassphraseError:
        return True
    return False


def sign(path: Path, key: Ed25519PrivateKey) -> Path:
    """Write the signature of a file beside it; return the file of the signature.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    made = key.sign(_signed(path.read_bytes(), NAMESPACE.encode(), b"sha512"))
    blob = (
        _MAGIC
        + struct.pack(">I", 1)
        + _string(_string(_KIND) + _string(public))
        + _string(NAMESPACE.encode())
        + _string(b"")
        + _string(b"sha512")
        + _string(_string(_KIND) + _string(made))
    )
    text = base64.b64encode(blob).decode()
    lines = [_FIRST, *(text[i : i + 70] for i in range(0, len(text), 70)), _LAST]
    return write_whole(signature_of(path), "".join(f"{line}\n" for line in lines).encode())


def verify_signature(path: Path, signers: Path | None = None) -> Finding | None:
    """Verify the signature beside a file and return the finding; None if there is no signature.

    With `signers`, a file of allowed signers in OpenSSH's format (a line ``NAME ssh-ed25519 KEY``
    for each), there must be a signature, and by one of their keys.
    """
    found = signature_of(path)
    # A link that was sent beside a card may lead to any file.
    if not found.is_file() or (found.is_symlink() and not path.is_symlink()):
        if signers is None:
            return None
        return differs(
            "signature",
            f"expected a signature in {found.name!r}, found no such file; ask "
            "whoever signed for it, or leave --signers out.",
        )
    try:
        public, made, signed = _opened(found, path.read_bytes())
    except _SignatureError as error:
        return differs("signature", f"signature broken: {error}")
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return unchecked("signature", f"the signature in {found.name}: {_EXTRA}")
    name = _fingerprint(public)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(made, signed)
    except InvalidSignature:
        return differs(
            "signature", f"signature broken: {path.name} is not what the key {name} signed."
        )
    if signers is None:
        return same("signature", f"signature (key {name}; --signers FILE says whose it is)")
    who = _names(signers).get(public)
    if who is None:
        return differs(
            "signature", f"signed by the key {name}, which is not one of {signers.name}."
        )
    return same("signature", f"signature (by {who}, key {name})")


_EXTRA = f"expected the extra sign, found no cryptography; {with_extra('sign')}"


class _PassphraseError(InputError):
    """A key needs a passphrase that was not given."""


class _SignatureError(Exception):
    """A file holds no signature of this kind; the text says why."""


def _signed(content: bytes, namespace: bytes, kind: bytes) -> bytes:
    """Return the bytes that a key signs for a content."""
    digest = _HASHES[kind](content).digest()
    return _MAGIC + _string(namespace) + _string(b"") + _string(kind) + _string(digest)


def _opened(path: Path, content: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the public key, the signature and the signed bytes that a file of OpenSSH holds."""
    if path.stat().st_size > _LONGEST:
        raise _SignatureError(f"expected a few hundred bytes in {path.name}, found more.")
    text = path.read_bytes().decode("ascii", "replace").strip()
    if not (text.startswith(_FIRST) and text.endswith(_LAST)):
        raise _SignatureError(f"expected a signature of OpenSSH in {path.name}, found none.")
    inner = re.sub(r"\s", "", text[len(_FIRST) : -len(_LAST)])
    try:
        blob = base64.b64decode(inner, validate=True)
        if blob[:6] != _MAGIC or struct.unpack(">I", blob[6:10]) != (1,):
            raise _SignatureError(f"expected version 1 of SSHSIG in {path.name}, found another.")
        key, namespace, _, kind, made = _strings(blob[10:], 5)
        if not (key.startswith(_string(_KIND)) and made.startswith(_string(_KIND))):
            raise _SignatureError(f"expected an Ed25519 key in {path.name}, found another kind.")
        (_, public), (_, signature) = _strings(key, 2), _strings(made, 2)
    except (binascii.Error, struct.error):
        raise _SignatureError(f"{path.name} is cut or damaged.") from None
    if len(public) != 32:
        raise _SignatureError(f"expected a key of 32 bytes in {path.name}, found {len(public)}.")
    if namespace != NAMESPACE.encode():
        said = namespace.decode("utf-8", "replace")
        raise _SignatureError(f"expected one made for {NAMESPACE!r}, found one for {said!r}.")
    if kind not in _HASHES:
        raise _SignatureError(f"expected sha256 or sha512 in {path.name}, found another hash.")
    return public, signature, _signed(content, namespace, kind)


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _strings(content: bytes, count: int) -> list[bytes]:
    """Return the strings in some bytes, each of which follows its length."""
    found = []
    for _ in range(count):
        (length,) = struct.unpack(">I", content[:4])
        if len(content) < 4 + length:
            raise struct.error
        found.append(content[4 : 4 + length])
        content = content[4 + length :]
    if content:
        raise struct.error
    return found


def _fingerprint(public: bytes) -> str:
    """Return the fingerprint of a key as ``ssh-keygen -l`` prints it."""
    digest = hashlib.sha256(_string(_KIND) + _string(public)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _names(signers: Path) -> dict[bytes, str]:
    """Return the names of the Ed25519 keys in a file of allowed signers."""
    found = {}
    for line in signers.read_text("utf-8", "replace").splitlines():
        if not (match := re.match(r"\s*([^#\s]\S*)\s(?:.*\s)?ssh-ed25519\s+(\S+)", line)):
            continue
        try:
            kind, public = _strings(base64.b64decode(match[2], validate=True), 2)
        except (binascii.Error, struct.error):
            continue
        if kind == _KIND:
            found[public] = match[1]
    return found
