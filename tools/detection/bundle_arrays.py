"""The arrays of a bundle, read from arrays.npz only as far as they are what its bundle.json and its net need.

np.savez writes a zip of .npy files that are not compressed, so nothing in it can grow; of each, type and shape are
compared with what they must be before it is read. Python objects (pickles) are never read.
"""

import io
import zipfile

import numpy as np

from data_prep.faces.shape import VALUES
from tools.detection.bundle_checks import CLASSIFIER, LARGEST_SIDE, LINEAR, MOST_AUS, refuse
from tools.statistics.linear import MOST_INTENSE, Curves, Linear
from tools.statistics.quadratic import Quadratic

PIXEL = 255  # the largest difference of two grey levels
TYPES = ("<f4", "<f8", "<i8")
ENTRY = b"PK\1\2"  # begins each entry of a zip's table of contents, for which Python takes ten times its memory
MOST_ENTRIES = 3 + len(Quadratic._fields) * MOST_AUS
MEAN, FACE, AU = "mean", "face", "au"
MOST_KNOTS = 1000  # ours: of a curve


def quadratic_arrays(quadratics):
    """{name: array} of {AU: Quadratic}."""
    return {f"qda{au}_{field}": values for au, each in quadratics.items() for field, values in each._asdict().items()}


def linear_arrays(linear, curves):
    """{name: array} of a Linear and Curves."""
    return {
        f"{word}_{field}": np.asarray(values, np.float64)
        for word, each in (("linear", linear), ("curve", curves))
        for field, values in each._asdict().items()
    }


def check_arrays(path, content, facts, crop, features):
    """{"mean", "face", "quadratics", "linear", "curves"} of a Bundle, from the bytes of arrays.npz.

    facts     of bundle.json, checked
    crop      pixels a side that the net sees
    features  how many the net makes of a crop
    """
    try:
        arrays = read_arrays(content)
    except Exception as error:  # the readers of zip and of .npy raise many kinds where a file is broken
        refuse(path, f"not the arrays of a model ({error})")
    aus, is_linear = facts["aus"], facts.get(CLASSIFIER) == LINEAR
    names = {f"qda{au}_{field}" for au in aus for field in Quadratic._fields}
    if is_linear:
        names = {f"linear_{field}" for field in Linear._fields} | {f"curve_{field}" for field in Curves._fields}
    if set(arrays) != {MEAN, FACE, AU} | names or sorted(arrays[AU].ravel().tolist()) != sorted(aus):
        refuse(path, "its classifiers are not those of bundle.json")
    check_faces(path, arrays[MEAN], arrays[FACE], crop)
    faces = {"mean": arrays[MEAN].astype(np.float32), "face": arrays[FACE].astype(np.float32)}
    if is_linear:
        linear = Linear(*(arrays[f"linear_{field}"] for field in Linear._fields))
        curves = Curves(*(arrays[f"curve_{field}"] for field in Curves._fields))
        check_linear(path, linear, curves, len(aus), features)
        return faces | {"quadratics": {}, "linear": linear, "curves": curves}
    quadratics = {au: Quadratic(*(arrays[f"qda{au}_{field}"] for field in Quadratic._fields)) for au in aus}
    for au, quadratic in quadratics.items():
        check_quadratic(path, au, quadratic, features)
    return faces | {"quadratics": quadratics, "linear": None, "curves": None}


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


def check_linear(path, linear, curves, count, features):
    """All arrays are finite and of the shapes of `Linear` and `Curves`; curves rise, from 0 to 5 at most."""
    knots = curves.score.shape[1] if curves.score.ndim == 2 else 0
    expected = Linear((count, features), (count, VALUES), (count,)), Curves((count, knots), (count, knots))
    for word, each, shapes in zip(("linear", "curve"), (linear, curves), expected):
        for field, values, shape in zip(each._fields, each, shapes):
            if values.shape != shape or not 0 < knots <= MOST_KNOTS:
                refuse(path, f"{word}_{field} has shape {values.shape}: not the classifiers of bundle.json")
            if not np.isfinite(values).all():
                refuse(path, f"{word}_{field} has values that are not finite")
    if (np.diff(curves.score) < 0).any() or (np.diff(curves.level) < 0).any():
        refuse(path, "its curves do not rise")
    if not ((curves.level >= 0) & (curves.level <= MOST_INTENSE)).all():
        refuse(path, f"curve_level is not an intensity from 0 to {MOST_INTENSE}")


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
