"""A market update that is signed, downloaded, and checked with the files alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from alignment.__main__ import main
from alignment.domain.refusal import Refusal
from alignment.settings import Settings
from alignment.web.app import create_app
from tests.conftest import NOW
from tests.web.site import Site, site_on_copy


@pytest.fixture(scope="module")
def site(sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The register with a key that signs."""
    folder = tmp_path_factory.mktemp("signed")
    shutil.copyfile(sqlite_seeded, folder / "a.sqlite3")
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    settings = Settings(
        database_url=f"sqlite:///{folder}/a.sqlite3",
        base_url="https://register.example",
        signing_key=f"{folder}/key.pem",
    )
    return Site(create_app(settings, clock=lambda: NOW))


@pytest.fixture
def files(site: Site, tmp_path: Path) -> tuple[Path, Path, Path]:
    """The update, its signature and the keys as somebody downloads them."""
    names = ("/publications/2024-09.json", "/publications/2024-09.json.jws", "/.well-known/jwks.json")
    paths = [tmp_path / Path(name).name for name in names]
    for name, path in zip(names, paths, strict=True):
        path.write_bytes(site.get(name).content)
    return paths[0], paths[1], paths[2]


def verify(files: tuple[Path, Path, Path]) -> Result:
    return CliRunner().invoke(main, ["verify", str(files[0]), "--signature", str(files[1]), "--key", str(files[2])])


def test_what_was_downloaded_is_checked_without_the_register(files: tuple[Path, Path, Path]) -> None:
    said = verify(files)
    assert said.exit_code == 0
    assert said.output == "market update 2024-09 fits its digest, and its signature is good\n"


@pytest.mark.parametrize(
    ("which", "old", "new", "sentences"),
    [
        (0, b"Conditional", b"Full", ["the content was changed", "the signature does not fit the file"]),
        (0, b"\n", b" \n", ["the file was written anew", "does not fit the file"]),
        (1, b"..", b"..A", ["has 65 bytes in place of 64", "2024-09.json itself fits its digest"]),
        (2, b'"x": "', b'"x": "A', ["a key does not have 32 bytes", "2024-09.json itself fits its digest"]),
        (2, b'"kty": "OKP"', b'"kty": "RSA"', ["with an empty set nothing can be checked"]),
    ],
)
def test_a_changed_file_signature_or_key_fails_with_the_sentence(
    files: tuple[Path, Path, Path], which: int, old: bytes, new: bytes, sentences: list[str]
) -> None:
    before = files[which].read_bytes()
    files[which].write_bytes(before.replace(old, new, 1))
    assert files[which].read_bytes() != before
    said = verify(files)
    assert said.exit_code == 1
    assert all(sentence in said.output for sentence in sentences), said.output


def test_a_missing_file_or_half_a_question_is_bad_usage(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    assert verify((files[0], tmp_path / "none", files[2])).exit_code == 2
    for half in (["--signature", str(files[1])], ["--key", str(files[2])]):
        said = CliRunner().invoke(main, ["verify", str(files[0]), *half])
        assert said.exit_code == 2
        assert "with three files" in said.output


def test_addresses_say_what_they_hold_and_the_page_how_to_check(site: Site) -> None:
    assert site.get("/publications/2024-09.json.jws").headers["content-type"].startswith("application/jose")
    assert site.get("/.well-known/jwks.json").headers["content-type"].startswith("application/jwk-set+json")
    page = site.get("/publications/2024-09/later").text
    assert "alignment verify 2024-09.json --signature 2024-09.json.jws --key jwks.json" in page
    assert 'href="/publications/2024-09.json.jws"' in page
    assert site.get("/publications/1999-01.json.jws").status_code == 404


def test_without_a_key_nothing_is_signed_and_nothing_says_so(
    sqlite_seeded: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = site_on_copy(sqlite_seeded, tmp_path_factory)
    assert site.get("/.well-known/jwks.json").json() == {"keys": []}
    refused = site.get("/publications/2024-09.json.jws")
    assert refused.status_code == 404
    assert "no key is set" in refused.text
    assert "jws" not in site.get("/publications/2024-09").text


def test_a_key_that_cannot_sign_stops_the_start(sqlite_seeded: Path, tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{sqlite_seeded}", signing_key=str(tmp_path / "none.pem"))
    with pytest.raises(Refusal, match=r"ALIGNMENT_SIGNING_KEY names .* cannot be read"):
        create_app(settings, clock=lambda: NOW)


def test_a_register_that_signs_nothing_does_not_load_the_library() -> None:
    program = "import sys, alignment.web.app; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
