"""Signatures by the letter of their RFCs, and every way in which file, signature or keys can be changed."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from alignment.domain.refusal import Refusal
from alignment.exchange.signature import key_set, read_key, sign, why_not_signed

PAYLOAD = '{"a": "ü"}\n'.encode()


def b64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# The key pair, its thumbprint and its signature of RFC 8037, appendix A.
RFC_KEY = Ed25519PrivateKey.from_private_bytes(b64("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
KEY = RFC_KEY
KEYS = json.dumps(key_set(KEY)).encode()
SIGNATURE = sign(KEY, PAYLOAD).encode()


def put_key(path: Path, key: object, password: bytes | None = None) -> str:
    how = BestAvailableEncryption(password) if password else NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))  # type: ignore[attr-defined]
    return str(path)


def test_the_public_key_and_its_name_are_those_of_the_rfc() -> None:
    (jwk,) = key_set(RFC_KEY)["keys"]
    assert jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert jwk["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert (jwk["kty"], jwk["crv"], jwk["alg"], jwk["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    assert "d" not in jwk
    assert key_set(None) == {"keys": []}


def test_a_signature_is_detached_covers_the_bytes_as_they_are_and_names_its_key() -> None:
    header, nothing, value = SIGNATURE.decode().split(".")
    assert nothing == ""
    said = json.loads(b64(header))
    assert said == {"alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": key_set(KEY)["keys"][0]["kid"]}
    KEY.public_key().verify(b64(value), header.encode() + b"." + PAYLOAD)
    assert why_not_signed(PAYLOAD, SIGNATURE, KEYS) is None
    assert why_not_signed(PAYLOAD, SIGNATURE + b"\n", KEYS) is None
    assert sign(KEY, PAYLOAD).encode() == SIGNATURE


def test_of_several_keys_the_named_one_counts() -> None:
    other = key_set(Ed25519PrivateKey.from_private_bytes(bytes(32)))["keys"]
    both = {"keys": [{"kty": "RSA"}, *other, *key_set(KEY)["keys"]]}
    assert why_not_signed(PAYLOAD, SIGNATURE, json.dumps(both).encode()) is None


@given(st.data())
def test_any_change_of_a_byte_of_the_file_or_the_signature_is_found(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(PAYLOAD) - 1))
    changed = bytes([*PAYLOAD[:at], PAYLOAD[at] ^ data.draw(st.integers(1, 255)), *PAYLOAD[at + 1 :]])
    assert "does not fit the file" in str(why_not_signed(changed, SIGNATURE, KEYS))
    at = data.draw(st.integers(0, len(SIGNATURE) - 1))
    sign_there = data.draw(st.sampled_from("ABCxyz019-_."))
    other = SIGNATURE[:at] + sign_there.encode() + SIGNATURE[at + 1 :]
    assert (why_not_signed(PAYLOAD, other, KEYS) is None) == (other == SIGNATURE)


def changed_header(**changes: object) -> bytes:
    header, _, value = SIGNATURE.decode().split(".")
    said = {name: each for name, each in (json.loads(b64(header)) | changes).items() if each is not None}
    written = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()
    return f"{written}..{value}".encode()


@pytest.mark.parametrize(
    ("signature", "sentence"),
    [
        (b"", "is no detached JWS"),
        (b"a.b.c", "is no detached JWS"),
        (b"!!..!!", "its header or value cannot be read"),
        (b"e30..AA", "was not made with EdDSA"),
        (changed_header(alg="none"), "was not made with EdDSA"),
        (changed_header(b64=None), "covers the bytes of the file as they are"),
        (changed_header(crit=["b64", "exp"]), "covers the bytes of the file as they are"),
        (changed_header(kid=None), "does not name its key"),
        (changed_header(kid="another"), "names key another, which is not among the keys"),
        (SIGNATURE[:-10], "has 57 bytes in place of 64"),
        (changed_header(extra="x"), "does not fit the file"),
    ],
)
def test_a_signature_that_is_none_says_so(signature: bytes, sentence: str) -> None:
    assert sentence in str(why_not_signed(PAYLOAD, signature, KEYS))


OTHER = json.dumps(key_set(Ed25519PrivateKey.from_private_bytes(bytes(32)))).encode()


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (b"no keys", "are no JWK set"),
        (b"[]", "are no JWK set"),
        (b'{"keys": [1]}', "are no JWK set"),
        (b'{"keys": []}', "with an empty set nothing can be checked"),
        (b'{"keys": [{"kty": "OKP", "crv": "Ed25519"}]}', "are no JWK set"),
        (b'{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]}', "a key does not have 32 bytes"),
        (OTHER, "which is not among the keys"),
        (KEYS.replace(b"11qYAY", b"21qYAY"), "which is not among the keys"),
    ],
)
def test_keys_that_are_none_or_another_say_so(keys: bytes, sentence: str) -> None:
    assert sentence in str(why_not_signed(PAYLOAD, SIGNATURE, keys))


def test_the_operators_key_is_read_or_refused_with_a_sentence(tmp_path: Path) -> None:
    assert read_key(put_key(tmp_path / "key.pem", KEY)).sign(b"x") == KEY.sign(b"x")
    broken = tmp_path / "broken.pem"
    broken.write_text("no key")
    for path, sentence in (
        (str(tmp_path / "none.pem"), "cannot be read: No such file"),
        (str(broken), "holds no private key in PEM"),
        (put_key(tmp_path / "locked.pem", KEY, b"password"), "without a password"),
        (put_key(tmp_path / "other.pem", X25519PrivateKey.generate()), "of another kind than Ed25519"),
    ):
        with pytest.raises(Refusal, match=sentence):
            read_key(path)
