"""Keyed hashes in place of names and numbers. The key lies apart from the warehouse and never leaves the machine."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from analysis.errors import OutputError

LENGTH = 32


def key_of(outputs: Path, city: str) -> bytes:
    """The city's key: outputs/keys/<city>.key, made at first use, readable by its owner only."""
    path = outputs / "keys" / f"{city}.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(LENGTH))
        return path.read_bytes()
    except OSError as fault:
        raise OutputError(
            f"Cannot make the key {path.name}: {fault.strerror}.", "Check the outputs folder."
        ) from None


def hashes(texts: Iterable[str], key: bytes) -> list[str]:
    """16 hex letters a text (blake2b, keyed)."""
    return [hashlib.blake2b(text.encode(), key=key, digest_size=8).hexdigest() for text in texts]
