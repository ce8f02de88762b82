"""The arrays of a bundle, read from arrays.npz only as far as they are what its bundle.json and its net need.

np.savez writes a zip of .npy files that are not compressed, so nothing in it can grow; of each, type and shape are
compared with what they must be before it is read. Python objects (pickles) are never read.
"""

import io
import zipfile

import numpy as np

from tools.detection.bundle_checks import LARGEST_SIDE, MOST_AUS, refuse
from tools.statistics.quadratic import Quadratic

PIXEL = 255  # the largest difference of two grey levels
TYPES = ("<f4", "<f8", "<i8")
ENTRY = b"PK\1\2"  # begins each entry of a zip's table of contents, for which Python takes ten times its memory
MOST_ENTRIES = 3 + len(Quadratic._fields) * MOST_AUS
MEAN, FACE, AU = "mean", "face", "au"


def check_arrays(path, content, aus, crop, features):
    """(mean, face, {AU: Quadratic}) from the bytes of arrays.npz.

    aus       AU numbers of the classifiers
    crop      pixels a side that the net sees
    features  how many the net makes of a crop
    """
    try:
        arrays = read_arrays(content)
    except Exception as error:  # the readers of zip and of .npy raise many kinds where a file is broken
        refuse(path, f"not the arrays of a model ({error})")
    names = {f"qda{au}_{field}" for au in aus for field in Quadratic._fields}
    if set(arrays) != {MEAN, FACE, AU} | names or sorted(arrays[AU].ravel().tolist()) != sorted(aus):
        refuse(path, "its classifiers are not those of bundle.json")
    check_faces(path, arrays[MEAN], arrays[FACE], crop)
    quadratics = {au: Quadratic(*(arrays[f"qda{au}_{field}"] for field in Quadratic._fields)) for au in aus}
    for au, quadratic in quadratics.items():
        check_quadratic(path, au, quadratic, features)
    return arrays[MEAN].astype(np.float32), arrays[FACE].astype(np.float32), quadratics


def read_arrays(content):
    """{name: array} of the bytes of an .npz. Raises ValueError if it is not of plain numbers, not compressed."""
    if content.count(ENTRY) > MOST_ENTRIES:
        raise ValueError("too many arrays")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len({entry.filename for entry in entries}) < len(entries):
            raise ValueError("two arrays have one name")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("it is compressed")
        if sum(entry.file_size for entry in entries) > len(content):
            raise ValueError("its arrays are larger than the file")
        return {entry.filename.removesuffix(".npy"): read_array(archive.read(entry)) for entry in entries}


def read_array(content):
    """The array in the bytes of an .npy of exactly its size."""
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("a format of arrays that is not known")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.str not in TYPES:
        raise ValueError(f"an array of type {str(dtype)!r:.60}")
    count = (len(content) - file.tell()) // dtype.itemsize
    if float(count) != np.prod([float(side) for side in shape]) or min(shape, default=1) < 1:
        raise ValueError(f"an array of shape {shape!r:.60} with {count} values")
    return np.frombuffer(content, dtype, offset=file.tell(), count=count).reshape(
        shape, order="F" if is_fortran else "C"
    )


def check_faces(path, mean, face, crop):
    """Both are squares of pixels of one size, large enough for the net."""
    if mean.shape != face.shape or mean.ndim != 2 or not crop <= min(mean.shape) <= max(mean.shape) <= LARGEST_SIDE:
        refuse(
            path,
            f"a mean of {mean.shape} and a face of {face.shape} do not serve a net that sees {crop} x {crop} "
            f"(at most {LARGEST_SIDE})",
        )
    for name, values in ((MEAN, mean), (FACE, face)):
        if not (np.abs(values) <= PIXEL).all():  # so that NaN is not accepted either
            refuse(path, f"{name} has values that no pixels have")


def check_quadratic(path, au, quadratic, features):
    """All its arrays are finite, of the shapes of `Quadratic`, and it divides by nothing but positive numbers."""
    rows = quadratic.whitening.shape[1] if quadratic.whitening.ndim == 3 else 0
    expected = Quadratic((features,), (features,), (2, features), (2, rows, features), (2,))
    for field, values, shape in zip(Quadratic._fields, quadratic, expected):
        if values.shape != shape or not 0 < rows <= features:
            refuse(path, f"qda{au}_{field} has shape {values.shape}: its classifiers are not those of bundle.json")
        if not np.isfinite(values).all():
            refuse(path, f"qda{au}_{field} has values that are not finite")
    if not (quadratic.scale > 0).all():
        refuse(path, f"qda{au}_scale has values that are not positive")
