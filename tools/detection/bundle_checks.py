"""What must hold of a bundle before anything in it is used: it may come from anybody.

The digests in bundle.json tell damage only, as whoever changes a file can change them too. So each file is read up to a
limit, each value is checked before it is used, and no net is run that could take long, or much memory.
Every error names the file in the bundle; what comes from a bundle is shown with its escapes, never raw.
"""

import itertools
import json
import math
import os
import re
import stat
from math import prod

import numpy as np
from google.protobuf import text_format

from data_prep.faces.align import ALIGNMENTS, NONE
from data_prep.faces.detectors import DETECTORS
from data_prep.faces.stage import PAPER, FaceStage
from data_prep.pictures.source_file import shown
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.fields import pair
from tools.net.layers import LAYERS
from tools.net.preprocessing import Preprocessing
from tools.net.shapes import infer_shapes
from tools.statistics.calibration import uncalibrated

FORMAT = 2  # version of the folder's layout; the first one had no model.onnx and named no preprocessing
FORMAT_OF_LINEAR = 3  # of linear classifiers, which earlier versions of this project cannot read
FORMATS = (1, FORMAT, FORMAT_OF_LINEAR)  # any other is refused
MB = 2**20
LARGEST_TEXT = MB // 4  # ours: bytes of bundle.json, the net or the card; they have about 2 kB each
LARGEST_DATA = 64 * MB  # ours: bytes of weights or arrays, 16 million weights; the paper's net has 100,000
MOST_LAYERS = 300  # ours: the paper's net has 14
MOST_AUS = 100  # ours: the coding system has fewer
LARGEST_SIDE = 512  # ours: pixels a side of mean faces and of what the net sees; 44 and 40 by default
MOST_VALUES = 10**6  # ours: in all blobs for one crop, 0.25 GB in a batch of 64; the paper's net has 60,000
MOST_PRODUCTS = 10**9  # ours: multiplications for one crop, about 0.1 s; the paper's net has 6 million
LARGEST_PLACE, LEAST_DISTANCE = 2, 0.05  # ours: of the places to which faces are aligned, of the crop's side
LARGEST_NUMBER = 1e300  # ours: a float has room for it; JSON has numbers that no float has
LONGEST_NAME, LONGEST_LINE = 100, 1000  # ours: characters
REMEDY = "copy the bundle again, or make it again"

NAME = re.compile(rf"[A-Za-z0-9_][\w.+/-]{{0,{LONGEST_NAME - 1}}}", re.ASCII)  # never a formula, a path or an escape
DIGEST = re.compile(r"[0-9a-f]{64}")
NOT_IN_A_MODEL = {"Data", "Accuracy", "Python"}  # they read LMDBs or labels, or run code


def refuse(path, why):
    raise InputError(f"{path}: {shown(why)[:LONGEST_LINE]}; {REMEDY}")


# ---- files ------------------------------------------------------------------------------------------------


def read_file(path, limit):
    """The bytes of a file of the bundle, up to `limit` of them."""
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            refuse(path, "not a regular file but a folder, pipe or device")
        with open(path, "rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        refuse(path, "missing from the bundle")
    except OSError as error:
        refuse(path, f"cannot be read ({error.strerror})")
    if len(content) > limit:
        refuse(path, f"more than {limit:,} bytes, which no model of this project has")
    return content


# ---- bundle.json ------------------------------------------------------------------------------------------


def is_name(value):
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_line(value):
    return isinstance(value, str) and value.isprintable() and len(value) <= LONGEST_LINE


def is_au(value):
    return type(value) is int and 0 < value < 1000


def are_aus(value):
    return (
        isinstance(value, list)
        and 0 < len(value) <= MOST_AUS
        and all(map(is_au, value))
        and len(set(value)) == len(value)
    )


def is_number(value):
    return type(value) in (int, float) and abs(value) <= LARGEST_NUMBER  # so that NaN is not accepted either


def are_thresholds(value):
    return isinstance(value, dict) and all(is_name(au) and is_number(number) for au, number in value.items())


def are_digests(value):
    return isinstance(value, dict) and all(
        isinstance(digest, str) and DIGEST.fullmatch(digest) for digest in value.values()
    )


def is_stage(value):
    """Whether this is what FaceStage.facts() gives."""
    if not isinstance(value, dict) or not isinstance(value.get("detector"), str) or value["detector"] not in DETECTORS:
        return False
    if not isinstance(value.get("align"), str) or value["align"] not in ALIGNMENTS:
        return False
    if value.get("shapes") not in (None, True) or (
        value.get("shapes") and not DETECTORS[value["detector"]].has_landmarks
    ):
        return False
    return value["align"] == NONE or (DETECTORS[value["detector"]].has_landmarks and is_template(value.get("template")))


def is_status(value):
    return isinstance(value, dict) and all(
        is_name(au) and status in (USABLE, EXPERIMENTAL) for au, status in value.items()
    )


def is_template(value):
    """Whether this is three different places [x, y] in a crop, or near it."""
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(isinstance(place, list) and len(place) == 2 and all(map(is_number, place)) for place in value)
        and all(abs(number) <= LARGEST_PLACE for place in value for number in place)
        and all(math.dist(one, other) >= LEAST_DISTANCE for one, other in itertools.combinations(value, 2))
    )


CLASSIFIER, LINEAR = "classifier", "linear"  # the entry of a bundle of format 3, and of no other
STATUS, USABLE, EXPERIMENTAL = "status", "usable", "experimental"  # the entry on each AU; all are usable without it
THRESHOLDS = "thresholds"  # the entry on log-odds above which an AU is present
CALIBRATION = "calibration"  # and on slope and intercept for each AU; a bundle without it has probabilities as QDA has
SCHEMA = {  # entry of bundle.json: (what it must be, the check of it); what else is there is not read
    "id": ("a name of letters, digits and .+-_", is_name),
    "data": ("a line of text", is_line),
    "synthetic": ("true or false", lambda value: isinstance(value, bool)),
    "blob": ("a name of letters, digits and .+-_", is_name),
    "aus": ("a list of different AU numbers", are_aus),
    THRESHOLDS: ("a number for each AU", are_thresholds),
    "files": ("the sha256 of each file", are_digests),
}
PREPROCESSING = "preprocessing"  # the entry on what is done with pixels; a bundle of format 1 has none
FIRST_PREPROCESSING = {"mean": [128.0], "scale": 0.0078431373}  # what all of these did, with the crop of their net
FACES = "faces"  # the entry on the face stage; a bundle without it is of the time before there was a choice


def check_facts(path, content, required, known):
    """bundle.json from its bytes. Its list of files holds those `required`, and no others than those `known`."""
    try:
        facts = json.loads(content.decode("utf-8"), parse_constant=not_json)
    except (ValueError, RecursionError) as error:
        refuse(path, f"not the description of a model ({error!r})")
    if not isinstance(facts, dict):
        refuse(path, "not the description of a model, which is an object")
    if type(facts.get("format")) is not int or facts["format"] not in FORMATS:
        raise InputError(
            f"{path}: format {facts.get('format')!r:.20}, this version reads {', '.join(map(str, FORMATS))}; "
            "make the bundle again"
        )
    for key, (what, is_valid) in SCHEMA.items():
        if key not in facts:
            refuse(path, f"not the description of a model (no {key!r})")
        if not is_valid(facts[key]):
            refuse(path, f"not the description of a model ({key!r} is {facts[key]!r:.60}, not {what})")
    if not is_stage(facts.setdefault(FACES, PAPER.facts())):
        refuse(path, f"not the description of a model ({FACES!r} is {facts[FACES]!r:.200}, not a face stage)")
    is_linear = facts["format"] == FORMAT_OF_LINEAR
    if facts.get(CLASSIFIER) != (LINEAR if is_linear else None) or bool(facts[FACES].get("shapes")) != is_linear:
        refuse(path, f"not the description of a model (its {CLASSIFIER!r} and {FACES!r} are not of its format)")
    if not is_status(facts.get(STATUS, {})):
        refuse(path, f"not the description of a model ({STATUS!r} is {facts[STATUS]!r:.200})")
    if not set(required) <= set(facts["files"]) <= set(known):
        refuse(path, "its list of files is not that of a model")
    return facts


def stage_of(facts):
    """The FaceStage that a bundle.json names."""
    faces = facts[FACES]
    template = {} if faces["align"] == NONE else {"template": tuple(map(tuple, faces["template"]))}
    return FaceStage(faces["detector"], faces["align"], **template, shapes=bool(faces.get("shapes")))


def preprocessing_in(path, facts, side):
    """The Preprocessing that a bundle.json, which is at `path`, names for a net that sees `side` pixels a side."""
    named = facts.get(PREPROCESSING, FIRST_PREPROCESSING | {"crop": side} if facts["format"] == 1 else None)
    is_one = (
        isinstance(named, dict)
        and named.get("crop") == side
        and is_mean(named.get("mean"), side)
        and is_number(named.get("scale"))
    )
    if not is_one:
        refuse(path, f"not the description of a model ({PREPROCESSING!r} is {named!r:.200})")
    return Preprocessing(side, tuple(named["mean"]), named["scale"])


def is_mean(value, side):
    """Whether this is the mean of a grey image: [number], or [rows] of as many numbers as the net sees pixels."""
    if not isinstance(value, list) or len(value) != 1:
        return False
    if is_number(value[0]):
        return True
    return (
        isinstance(value[0], list)
        and len(value[0]) == side
        and all(isinstance(row, list) and len(row) == side and all(map(is_number, row)) for row in value[0])
    )


def calibration_in(path, facts):
    """The Calibration, with thresholds, that a bundle.json names for its AUs; it may have none. `path` of it."""
    names = [str(au) for au in facts["aus"]]
    if set(facts[THRESHOLDS]) != set(names):
        refuse(path, f"not the description of a model ({THRESHOLDS!r} are not of its AUs)")
    result = uncalibrated(len(names))._replace(threshold=np.array([facts[THRESHOLDS][au] for au in names], float))
    if CALIBRATION not in facts:
        return result
    lines = facts[CALIBRATION]
    is_one = isinstance(lines, dict) and set(lines) == set(names) and all(map(is_calibration, lines.values()))
    if not is_one:
        refuse(path, f"not the description of a model ({CALIBRATION!r} is {lines!r:.200})")
    slope, intercept = np.array([lines[au] for au in names], float).T
    return result._replace(slope=slope, intercept=intercept)


def is_calibration(line):
    """Whether this is a slope, above 0 so that it keeps the order of scores, and an intercept."""
    return isinstance(line, list) and len(line) == 2 and all(map(is_number, line)) and line[0] > 0


def not_json(name):
    raise ValueError(f"{name} is not JSON")


# ---- deploy.prototxt --------------------------------------------------------------------------------------


def check_net(path, content, blob):
    """(net message, {blob: shape}) from the bytes of a deploy prototxt."""
    net = parse_net(path, content)
    check_layers(path, net)
    try:
        shapes, _ = infer_shapes(net, caffe_pb2.TEST, {})
        products = sum(count_products(layer, shapes) for layer in net.layer)
    except Exception as error:  # hostile parameters may raise anything in sums over shapes
        refuse(path, f"not a net that can be ({error})")
    if not any(blob in layer.top for layer in net.layer):
        refuse(path, f"no layer makes the blob {blob!r}")
    if any(side < 1 for shape in shapes.values() for side in shape) or any(len(shape) < 2 for shape in shapes.values()):
        refuse(path, "a blob of its net is empty")
    if sum(map(prod, shapes.values())) > MOST_VALUES or products > MOST_PRODUCTS:
        refuse(
            path, f"its net is larger than the limits of {MOST_VALUES:,} values and {MOST_PRODUCTS:,} products a crop"
        )
    if shapes[blob][0] != 1:
        refuse(path, f"its blob {blob!r} is not of one crop alone")
    return net, shapes


def parse_net(path, content):
    try:
        text = content.decode("utf-8")
        if not all(c.isprintable() or c in "\n\r\t" for c in text):
            refuse(path, "not a prototxt, but holds control characters")
        return text_format.Parse(text, caffe_pb2.NetParameter())
    except (text_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        refuse(path, f"not a prototxt ({error})")


def check_layers(path, net):
    """One Input of a grey square comes first; all other layers are of known types, with names of their own."""
    if not 0 < len(net.layer) <= MOST_LAYERS or net.input:
        refuse(path, f"{len(net.layer)} layers, between 1 and {MOST_LAYERS} can be run, the first an Input")
    names = [layer.name for layer in net.layer]
    for name in (*names, *(blob for layer in net.layer for blob in (*layer.top, *layer.bottom))):
        if not is_name(name):
            refuse(path, f"{name!r:.60} cannot be the name of a layer or blob")
    if len(set(names)) < len(names):
        refuse(path, "two of its layers have one name")
    first, *others = net.layer
    sides = [tuple(shape.dim) for shape in first.input_param.shape]
    if first.type != "Input" or len(first.top) != 1 or len(sides) != 1 or not is_grey_square(sides[0]):
        refuse(
            path,
            f"its first layer is a {first.type!r:.60} of {sides!r:.60}, not an Input of 1 x 1 x S x S pixels, S up to "
            f"{LARGEST_SIDE}",
        )
    for layer in others:
        known = LAYERS.get(layer.type)
        if known is None or known.is_source or known.is_loss or layer.type in NOT_IN_A_MODEL:
            refuse(path, f"layer {layer.name!r} is a {layer.type!r:.60}, which a model cannot have")
        if layer.type != "Silence" and not layer.top:
            refuse(path, f"layer {layer.name!r} has no top")


def is_grey_square(shape):
    return len(shape) == 4 and shape[:2] == (1, 1) and shape[2] == shape[3] and 0 < shape[2] <= LARGEST_SIDE


def count_products(layer, shapes):
    """Multiplications, or comparisons, of a layer for one crop: its weights, or its window, for each pixel it makes."""
    bottoms, top = [shapes[bottom] for bottom in layer.bottom], shapes[layer.top[0]] if layer.top else ()
    if layer.type == "Pooling" and not layer.pooling_param.global_pooling:
        return prod(pair(layer.pooling_param, "kernel_size", "kernel", 0)) * prod(top)
    return sum(prod(blob.shape) for blob in LAYERS[layer.type].weights(layer, bottoms)) * prod(top[2:])
