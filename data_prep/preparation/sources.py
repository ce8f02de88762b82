"""What a subject file is made from, to tell whether it is out of date."""

import hashlib
import json

from data_prep.faces.detectors import DETECTORS
from data_prep.readers.recording import files, grades
from data_prep.system.code import code_digest

SEARCH_CODE = (
    "data_prep.faces.tracker",
    "data_prep.faces.steady",
)  # the modules whose code, with all that they import, finds boxes
CROP_CODE = ("data_prep.preparation.crops",)  # and makes crops of them


def pictures_digest(group, detector):
    """A digest of what a subject's boxes depend on: the detector (its name), the pictures' names, sizes and times."""
    digest = hashlib.sha256(f"{DETECTORS[detector].parameters} {code_digest(SEARCH_CODE)}".encode())
    for recording in group:
        for path in files(recording):
            stat = path.stat()
            digest.update(f"{recording.sequence}/{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def describe(group, size, misses, stage):
    """What a subject file is made from, as JSON: pictures and detector, labels, parameters. `stage`: a FaceStage."""
    labels = hashlib.sha256()
    for recording in group:
        labels.update(recording.sequence.encode() + recording.frame.tobytes() + recording.label.tobytes())
        labels.update(grades(recording).tobytes() + recording.view.encode())
    return json.dumps(
        {
            "pictures": pictures_digest(group, stage.detector),
            "labels": labels.hexdigest(),
            "au": list(group[0].au),
            "size": size,
            "misses": misses,
            "faces": {**stage.facts(), "parameters": DETECTORS[stage.detector].parameters},
            "code": code_digest(CROP_CODE),
        }
    )
