"""What a prepared dataset may be called. Numbers computed on drawn faces are never shown as a dataset's."""

import json
from pathlib import Path

from data_prep.system.errors import InputError
from data_prep.system.files import atomic

SYNTHETIC = "synthetic.json"  # stands at the root of every drawn tree
DRAWN = "synthetic faces"
PROVENANCE = "dataset.json"  # stands beside the subject files: {"name": str}


def dataset_name(name, root):
    """`name`, or that it is drawn in its layout if `root` holds a drawn tree."""
    return f"{DRAWN} in {name}'s layout" if (Path(root) / SYNTHETIC).exists() else name


def is_synthetic(name):
    """Whether data called `name` are drawn."""
    return name.startswith(DRAWN)


def save_provenance(folder, name):
    with atomic(Path(folder) / PROVENANCE) as part:
        part.write_text(json.dumps({"name": name}) + "\n")


def load_provenance(folder):
    """The name of the data in `folder`. Raises InputError if it is not known."""
    path = Path(folder) / PROVENANCE
    try:
        return json.loads(path.read_text())["name"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot tell what data this is ({error}); prepare it again") from error
