"""Signatures of market updates: a detached JWS (RFC 7515, RFC 7797) by an Ed25519 key (RFC 8037), and its JWKS.

What is signed are the bytes of the file itself, so any program that knows these RFCs can check them. The library
is imported on use: a register without a key never loads it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alignment.domain.event import canonical
from alignment.domain.refusal import Refusal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

JOSE = "application/jose"
JWKS = "application/jwk-set+json"


@lru_cache(maxsize=4)
def read_key(path: str) -> Ed25519PrivateKey:
    """The operator's private key. Refusal that says what the file is not; nothing of its content is told."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    wanted = f"ALIGNMENT_SIGNING_KEY names {path}, which"
    make = "make one with “openssl genpkey -algorithm ed25519 -out key.pem”"
    try:
        key = load_pem_private_key(Path(path).read_bytes(), password=None)
    except OSError as error:
        raise Refusal(f"{wanted} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refusal(f"{wanted} holds no private key in PEM without a password: {make}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Refusal(f"{wanted} holds a key of another kind than Ed25519: {make}")
    return key


def sign(key: Ed25519PrivateKey, payload: bytes) -> str:
    """The detached signature of these bytes in compact form: header, nothing, signature."""
    header = _encoded(canonical({"alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": _public(key)["kid"]}).encode())
    return f"{header}..{_encoded(key.sign(header.encode() + b'.' + payload))}"


def key_set(key: Ed25519PrivateKey | None) -> dict[str, Any]:
    """The public key as a JWK set; an empty set where there is none."""
    return {"keys": [_public(key)] if key else []}


def _public(key: Ed25519PrivateKey) -> dict[str, str]:
    """The public half as JWK; its id is its thumbprint (RFC 7638), so nobody has to give it one."""
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": _encoded(key.public_key().public_bytes_raw())}
    return {**jwk, "alg": "EdDSA", "use": "sig", "kid": _thumbprint(jwk)}


def _thumbprint(jwk: Mapping[str, str]) -> str:
    needed = {name: jwk[name] for name in ("crv", "kty", "x")}
    return _encoded(hashlib.sha256(canonical(needed).encode()).digest())


# --- checking ----------------------------------------------------------------------------------------


def why_not_signed(payload: bytes, signature: bytes, keys: bytes) -> str | None:
    """None where the signature is one of these bytes by one of these keys, else what is wrong with which of the three.

    Works without the register and without a network.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        header, value, name = _read_signature(signature)
        public = _key_named(name, _read_keys(keys))
    except ValueError as fault:
        return str(fault)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, header + b"." + payload)
    except InvalidSignature:
        return (
            f"the signature does not fit the file under key {name}: one of the three was changed or belongs elsewhere"
        )
    return None


def _read_signature(signature: bytes) -> tuple[bytes, bytes, str]:
    """The protected header as it was signed, the signature, the name of the key."""
    parts = signature.strip().split(b".")
    if len(parts) != 3 or parts[1]:
        raise ValueError("the signature is no detached JWS: it reads header..signature, with nothing in the middle")
    try:
        said = json.loads(_decoded(parts[0]))
        value = _decoded(parts[2])
    except (ValueError, RecursionError):
        raise ValueError("the signature is no JWS: its header or value cannot be read, so it was changed") from None
    if not isinstance(said, dict) or said.get("alg") != "EdDSA":
        raise ValueError("the signature was not made with EdDSA, the one way in which this register signs")
    if said.get("b64") is not False or said.get("crit") != ["b64"]:
        raise ValueError("the signature does not say that it covers the bytes of the file as they are (b64: false)")
    if not isinstance(said.get("kid"), str):
        raise ValueError("the signature does not name its key")
    if len(value) != 64:
        raise ValueError(f"the signature has {len(value)} bytes in place of 64: it was cut or changed")
    return parts[0], value, said["kid"]


def _read_keys(keys: bytes) -> dict[str, bytes]:
    """The Ed25519 keys of a JWK set by their thumbprints, whatever names stand beside them."""
    try:
        listed = json.loads(keys)["keys"]
        found = [each for each in listed if each.get("kty") == "OKP" and each.get("crv") == "Ed25519"]
        public = {_thumbprint(each): _decoded(each["x"].encode()) for each in found}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("the keys are no JWK set: download them again from /.well-known/jwks.json") from None
    if not public:
        raise ValueError("the keys hold none of kind Ed25519: with an empty set nothing can be checked")
    if any(len(each) != 32 for each in public.values()):
        raise ValueError("a key does not have 32 bytes: it was cut or changed")
    return public


def _key_named(name: str, keys: Mapping[str, bytes]) -> bytes:
    if name not in keys:
        listed = ", ".join(keys)
        raise ValueError(f"the signature names key {name[:60]}, which is not among the keys ({listed})")
    return keys[name]


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decoded(value: bytes) -> bytes:
    """Strictly: a second way of writing the same bytes is a change as well."""
    try:
        found = base64.b64decode(value + b"=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if _encoded(found).encode() != value:
        raise ValueError("not the one way of writing these bytes")
    return found
