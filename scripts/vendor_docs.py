"""Write Swagger UI and Redoc into `src/laneway/openapi/assets`, checked and with their licences.

    python scripts/vendor_docs.py           # fetch, verify, write files and manifest.json
    python scripts/vendor_docs.py --check   # offline: do the files match the manifest?

Needs npm (for `npm pack`) and an environment in which `laneway` can be imported: the versions are those of
`laneway.openapi.asset_files`. To move to a newer version change it there, put the new `npm view NAME@VERSION
dist.integrity` below, run this and then the browser tests. The result is committed, so building needs no npm.
"""

import argparse
import base64
import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from laneway.openapi.asset_files import (
    ASSETS,
    ASSETS_FOLDER,
    REDOC_JS,
    REDOC_VERSION,
    SWAGGER_UI_CSS,
    SWAGGER_UI_JS,
    SWAGGER_UI_VERSION,
    Asset,
)

MANIFEST = ASSETS_FOLDER / "manifest.json"

# Stands in for the logo that Redoc fetches from its vendor's server: the same idea, a small open book.
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="#6b7280" stroke-width="1.4">'
    '<path d="M8 4C6 2.6 4 2.5 1.8 3v9.6C4 12.1 6 12.2 8 13.6c2-1.4 4-1.5 6.2-1V3C12 2.5 10 2.6 8 4zM8 4v9.6"/>'
    "</svg>"
)


@dataclass(frozen=True)
class Patch:
    """One replacement that must match exactly once."""

    why: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """The text with the replacement made; stops the script if upstream changed beneath it."""
        if text.count(self.old) != 1:
            raise SystemExit(f"patch does not match exactly once: {self.old!r}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Package:
    """An npm package pinned by version and by the hash of its archive.

    Attributes:
        files: Assets to store, with the path of each inside the archive.
        legal: Licence files to store unchanged, name by path inside the archive.
    """

    name: str
    version: str
    integrity: str
    licence: str
    files: dict[Asset, str]
    legal: dict[str, str]
    patches: tuple[Patch, ...] = ()


PACKAGES = (
    Package(
        name="swagger-ui-dist",
        version=SWAGGER_UI_VERSION,
        integrity="sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        licence="Apache-2.0",
        files={
            SWAGGER_UI_JS: "package/swagger-ui-bundle.js",
            SWAGGER_UI_CSS: "package/swagger-ui.css",
        },
        legal={
            "LICENSE": "package/LICENSE",
            "NOTICE": "package/NOTICE",
            "swagger-ui-bundle.js.LICENSE.txt": "package/swagger-ui-bundle.js.LICENSE.txt",
        },
    ),
    Package(
        name="redoc",
        version=REDOC_VERSION,
        integrity="sha512-M6jWhG1qoBnH6TFmzJnstyCZ87HmOY/UzDm78mHiYihEdlV/YcS9ogOo1NlElnJMeLsyxHFe2yFc4sNjHTrABQ==",
        licence="MIT",
        files={REDOC_JS: "package/bundles/redoc.standalone.js"},
        legal={
            "LICENSE": "package/LICENSE",
            "redoc.standalone.js.LICENSE.txt": "package/bundles/redoc.standalone.js.LICENSE.txt",
        },
        patches=(
            Patch(
                why="footer logo inlined, so that the page asks no other server",
                old="https://cdn.redoc.ly/redoc/logo-mini.svg",
                new="data:image/svg+xml," + quote(LOGO, safe=" =:/"),
            ),
            Patch(
                why="the style added while the script loads carries the script's nonce, as later ones carry init's",
                old='var t=n.nc;t&&e.setAttribute("nonce",t)',
                new='var t=n.nc||(document.currentScript||{}).nonce;t&&e.setAttribute("nonce",t)',
            ),
            Patch(
                why="reference to the source map removed, which is not stored",
                old="\n//# sourceMappingURL=redoc.standalone.js.map",
                new="",
            ),
        ),
    ),
)


def fetch(package: Package, folder: Path) -> Path:
    """The package's archive, as npm delivers it, with its hash verified."""
    command = ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = folder / f"{package.name}-{package.version}.tgz"
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise SystemExit(f"{archive.name}: sha512-{digest} is not the pinned {package.integrity}")
    return archive


def member(archive: tarfile.TarFile, path: str) -> bytes:
    """The content of one file of an archive; nothing is unpacked to disk."""
    stream = archive.extractfile(path)
    if stream is None:
        raise SystemExit(f"{path} is not a regular file")
    return stream.read()


def patched(package: Package, content: bytes) -> bytes:
    """The content with every patch of the package applied."""
    text = content.decode()
    for patch in package.patches:
        text = patch.apply(text)
    return text.encode()


def sha256(content: bytes) -> str:
    """The hash written into the manifest."""
    return hashlib.sha256(content).hexdigest()


def store(asset: Asset, content: bytes, upstream: bytes) -> dict[str, object]:
    """Write one asset, packed without a timestamp, and return its line of the manifest."""
    asset.file.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
    return {
        "name": asset.name,
        "stored_as": asset.file.relative_to(ASSETS_FOLDER).as_posix(),
        "bytes": len(content),
        "sha256": sha256(content),
        "upstream_sha256": sha256(upstream),
    }


def vendor(package: Package, folder: Path) -> dict[str, object]:
    """Write all files of a package and return its part of the manifest."""
    target = ASSETS_FOLDER / package.name
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fetch(package, folder)) as archive:
        originals = {asset: member(archive, path) for asset, path in package.files.items()}
        for name, path in package.legal.items():
            (target / name).write_bytes(member(archive, path))
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "licence_files": [f"{package.name}/{name}" for name in package.legal],
        "integrity": package.integrity,
        "changes": [patch.why for patch in package.patches],
        "files": [store(asset, patched(package, content), content) for asset, content in originals.items()],
    }


def write() -> None:
    """Fetch every package and write its files and the manifest."""
    with tempfile.TemporaryDirectory() as folder:
        packages = [vendor(package, Path(folder)) for package in PACKAGES]
    manifest = {"written_by": "scripts/vendor_docs.py", "packages": packages}
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")


def problems() -> Iterator[str]:
    """Every stored file that is missing from the manifest or differs from it."""
    hashes = {
        entry["stored_as"]: entry["sha256"]
        for package in json.loads(MANIFEST.read_text())["packages"]
        for entry in package["files"]
    }
    for asset in ASSETS:
        name = asset.file.relative_to(ASSETS_FOLDER).as_posix()
        if asset.packed and sha256(gzip.decompress(asset.file.read_bytes())) != hashes.get(name):
            yield f"{name} does not match {MANIFEST.name}"


def main() -> int:
    """Run the script; 1 if a file does not match."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="compare the stored files with the manifest, offline"
    )
    if not parser.parse_args().check:
        write()
    found = list(problems())
    print("\n".join(found) or "all files match the manifest")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
