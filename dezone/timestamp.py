"""Time stamps beside files (RFC 3161): an authority states when a card existed.

The time stamp of ``card.json`` is ``card.json.tsr``, the authority's response as it came:
``openssl ts -query -data card.json -sha256 -cert`` makes the request, and any program can send it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from dezone.verification import Finding, differs, same, unchecked
from geodata.errors import with_extra

_HASHES = {"2.16.840.1.101.3.4.2.1": hashlib.sha256, "2.16.840.1.101.3.4.2.3": hashlib.sha512}
"""The hashes that a stamp may rest on, by their object identifiers (RFC 5754)."""

_LONGEST = 1_000_000  # bytes; a response with all its certificates has about 10,000


def verify_timestamp(path: Path, authority: Path | None = None) -> Finding | None:
    """Verify the time stamp beside a file and return the finding; None if there is no stamp.

    `authority` holds the certificates of the authority, up to its root, in PEM. No server is
    asked, so whether a certificate was revoked is not known.
    """
    found = path.with_name(f"{path.name}.tsr")
    # A link that was sent beside a card may lead to any file.
    if not found.is_file() or (found.is_symlink() and not path.is_symlink()):
        if authority is None:
            return None
        return differs(
            "time",
            f"expected a time stamp in {found.name!r}, found no such file; put it there, or leave "
            "--authority out.",
        )
    try:
        from cryptography import x509
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError:
        return unchecked(
            "time",
            f"the time stamp in {found.name}: expected the extra sign, found no rfc3161-client; "
            f"{with_extra('sign')}",
        )
    if found.stat().st_size > _LONGEST:
        return differs("time", f"expected a few kilobytes in {found.name!r}, found more.")
    content = path.read_bytes()
    try:
        response = decode_timestamp_response(found.read_bytes())
        stamped = response.tst_info
        digest = _HASHES[stamped.message_imprint.hash_algorithm.dotted_string](content).digest()
        moment = stamped.gen_time.isoformat()
    except (ValueError, KeyError) as error:
        if "InvalidSetOrdering" in str(error):  # OpenSSL writes certificates as they come
            return unchecked(
                "time",
                f"the time stamp in {found.name} has its certificates out of order; ask OpenSSL: "
                f"openssl ts -verify -in {found.name} -data {path.name} -CAfile FILE",
            )
        return differs("time", f"expected a time stamp (RFC 3161) in {found.name}, found none.")
    if digest != stamped.message_imprint.message:
        return differs("time", f"time stamp broken: {path.name} is not what was stamped.")
    if authority is None:
        said = f"stamped {moment}; give the authority's certificates with --authority FILE"
        return unchecked("time", said)
    try:
        chain = x509.load_pem_x509_certificates(authority.read_bytes())
    except ValueError:
        return unchecked("time", f"expected certificates in PEM in {authority.name}, found none.")
    builder = VerifierBuilder()
    for one in chain:
        if one.issuer == one.subject:
            builder = builder.add_root_certificate(one)
        else:
            builder = builder.add_intermediate_certificate(one)
    try:
        builder.build().verify(response, digest)
    except (VerificationError, ValueError) as error:
        return differs("time", f"time stamp broken, or not by {authority.name}: {error}")
    return same("time", f"time stamp ({moment}, by {authority.name})")
