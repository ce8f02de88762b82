"""The image and label LMDBs that Caffe's Data layers read in lockstep.

<prefix>_image_lmdb  Datum {channels 1, height S, width S, data uint8, or float_data}
<prefix>_label_lmdb  Datum {channels C, height 1, width 1, float_data: 1 present, 0 absent, -1 unknown}
Both under the keys 00000000, 00000001, ...: Caffe pairs the two by position only, reads in key order, never shuffles
and starts again at the end, so the order is shuffled when writing and the two counts must be equal.
"""

import shutil
from pathlib import Path

import lmdb
import numpy as np
from google.protobuf.message import DecodeError

from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from prototxt.caffe_pb2 import Datum

# ours: one per record, each synced as LMDB does by default, is a hundred times slower (experiments/bench_lmdb.py)
RECORDS_A_TRANSACTION = 10_000
FILES = ("data.mdb", "lock.mdb")  # what an LMDB's folder holds
PAGE = 4096  # bytes, LMDB's
RECORD_EXTRA = 64  # bytes, at most, that the Datum's fields, its key and LMDB add to the values


def image_lmdb(prefix):
    return Path(f"{prefix}_image_lmdb")


def label_lmdb(prefix):
    return Path(f"{prefix}_label_lmdb")


def write_lmdb_pair(prefix, image, label):
    """Write `image` [n, S, S], uint8 or float32, and `label` int8 [n, C] in the given order."""
    if len(image) != len(label) or not len(image):
        raise ValueError(f"an LMDB pair needs as many images as labels, at least one; got {len(image)}, {len(label)}")
    for path, arrays in zip((image_lmdb(prefix), label_lmdb(prefix)), pair_arrays(image, label)):
        write_lmdb(path, arrays)


def pair_arrays(image, label):
    """What the two LMDBs hold: [n, 1, S, S] as `image`, and float32 [n, C, 1, 1]."""
    return image[:, None], label[:, :, None, None].astype(np.float32)


def write_lmdb(path, arrays):
    """Write `arrays` [n, channels, height, width], uint8 as `data` or float32 as `float_data`.

    Raises InputError if the disk is full or fails; `path` is then as it was before.
    """
    path = Path(path)
    try:
        with (
            atomic(path, holds=FILES) as part,
            lmdb.open(str(part), map_size=map_size(arrays), sync=False, meminit=False) as target,
        ):
            put_records(target, arrays)
            target.sync(True)
    except lmdb.Error as error:  # a full disk may also be reported as an input/output error
        megabytes = len(arrays) * pages(arrays) * PAGE / 1e6
        raise InputError(
            f"{path}: cannot write this LMDB ({error}); it takes up to {megabytes:.0f} MB and "
            f"{shutil.disk_usage(path.parent).free / 1e6:.0f} MB are free there; "
            "make room or choose another folder"
        ) from error


def pages(arrays):
    """Pages that a record may take: above half a page it has pages of its own."""
    bytes_a_value = 1 if arrays.dtype == np.uint8 else 5  # Datum tags each float, as in Caffe's schema
    return -(-(arrays[0].size * bytes_a_value + RECORD_EXTRA) // PAGE)


def map_size(arrays):
    """Room for all records, and as much again for the tree; on disk the file takes what is used."""
    return (len(arrays) * pages(arrays) * 2 + 1024) * PAGE


def put_records(environment, arrays, records_a_transaction=RECORDS_A_TRANSACTION):
    """Put `arrays`, as write_lmdb has them, into an open and empty LMDB."""
    datum = Datum(channels=arrays.shape[1], height=arrays.shape[2], width=arrays.shape[3])
    for start in range(0, len(arrays), records_a_transaction):
        with environment.begin(write=True) as transaction:
            for number, array in enumerate(arrays[start : start + records_a_transaction], start):
                if arrays.dtype == np.uint8:
                    datum.data = array.tobytes()
                else:
                    datum.float_data[:] = array.ravel().tolist()
                transaction.put(b"%08d" % number, datum.SerializeToString(), append=True)


def open_lmdb(path):
    """An LMDB's environment, to read. Raises InputError if it is missing or unreadable."""
    path = Path(path)
    if not (path / "data.mdb").is_file():
        raise InputError(f"{path}: no LMDB here (no data.mdb in it); write it first, or correct `source`")
    try:
        return lmdb.open(str(path), readonly=True, lock=False)
    except lmdb.Error as error:
        raise InputError(f"{path}: not a readable LMDB ({error}); delete it and write it again") from error


def count_lmdb(path):
    """The number of an LMDB's records, without reading them."""
    with open_lmdb(path) as environment:
        return environment.stat()["entries"]


def read_lmdb(path):
    """Yield an LMDB's Datums in key order. Raises InputError if it is missing, empty or unreadable."""
    with open_lmdb(path) as environment, environment.begin() as transaction:
        if not transaction.stat()["entries"]:
            raise InputError(f"{path}: the LMDB is empty; delete it and write it again")
        datum = Datum()
        for key, value in transaction.cursor():
            try:
                datum.ParseFromString(value)
            except DecodeError as error:
                raise InputError(f"{path}: record {key.decode(errors='replace')} is not a Datum ({error})") from error
            yield key, datum


def check_lmdb(path):
    """Return (records, (channels, height, width)).

    Raises InputError at a record that Caffe would read past its end, or whose shape differs from the first one's.
    """
    shape, count = None, 0
    for key, datum in read_lmdb(path):
        this = (datum.channels, datum.height, datum.width)
        shape = shape or this
        values = len(datum.data) or len(datum.float_data)
        if this != shape or values != np.prod(this) or datum.encoded:
            raise InputError(
                f"{path}: record {key.decode(errors='replace')} has {values} values in shape {this}, "
                f"the first record has shape {shape}; delete the LMDB and write it again"
            )
        count += 1
    return count, shape


def load_lmdb(path):
    """All records of an LMDB in key order: uint8 or float32 [n, channels, height, width], as they were written."""
    parts = []
    for _, datum in read_lmdb(path):
        values = np.frombuffer(datum.data, np.uint8) if datum.data else np.array(datum.float_data, np.float32)
        parts.append(values.reshape(datum.channels, datum.height, datum.width))
    return np.stack(parts)
