"""Digests of values and files, to tell what has changed."""

import hashlib
import json
from pathlib import Path


def digest(*parts):
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def file_digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
