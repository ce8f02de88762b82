"""The image and label LMDBs that Caffe's Data layers read in lockstep.

<prefix>_image_lmdb  Datum {channels 1, height S, width S, data uint8}
<prefix>_label_lmdb  Datum {channels C, height 1, width 1, float_data: 1 present, 0 absent, -1 unknown}
Both under the keys 00000000, 00000001, ...: Caffe pairs the two by position only, reads in key order, never shuffles
and starts again at the end, so the order is shuffled when writing and the two counts must be equal.
"""

from pathlib import Path

import lmdb
import numpy as np
from google.protobuf.message import DecodeError

from data_prep.errors import InputError
from data_prep.files import whole
from prototxt.caffe_pb2 import Datum

RECORDS_A_TRANSACTION = 10_000  # ours: one transaction per record is many times slower
PAGE = 4096


def image_lmdb(prefix):
    return Path(f"{prefix}_image_lmdb")


def label_lmdb(prefix):
    return Path(f"{prefix}_label_lmdb")


def write_lmdb_pair(prefix, image, label):
    """Write `image` uint8 [n, S, S] and `label` int8 [n, C] in the given order."""
    if len(image) != len(label) or not len(image):
        raise ValueError(f"an LMDB pair needs as many images as labels, at least one; got {len(image)}, {len(label)}")
    datum = Datum(channels=1, height=image.shape[1], width=image.shape[2])
    write_lmdb(image_lmdb(prefix), datum, "data", (pixels.tobytes() for pixels in image), len(image), image[0].size)
    datum = Datum(channels=label.shape[1], height=1, width=1)
    write_lmdb(label_lmdb(prefix), datum, "float_data", (row.tolist() for row in label), len(label), 5 * label.shape[1])


def write_lmdb(path, datum, field, values, count, record_bytes):
    pages = -(-(record_bytes + 64) // PAGE) if record_bytes > PAGE // 2 - 64 else 1
    with whole(path) as part:
        environment = lmdb.open(str(part), map_size=(count * pages * 2 + 1024) * PAGE, sync=False, meminit=False)
        transaction = environment.begin(write=True)
        for number, value in enumerate(values):
            datum.ClearField(field)
            if field == "data":
                datum.data = value
            else:
                datum.float_data.extend(value)
            transaction.put(b"%08d" % number, datum.SerializeToString(), append=True)
            if number % RECORDS_A_TRANSACTION == RECORDS_A_TRANSACTION - 1:
                transaction.commit()
                transaction = environment.begin(write=True)
        transaction.commit()
        environment.sync(True)
        environment.close()


def read_lmdb(path):
    """Yield an LMDB's Datums in key order. Raises InputError if it is missing, empty or unreadable."""
    path = Path(path)
    if not (path / "data.mdb").is_file():
        raise InputError(f"{path}: no LMDB here (no data.mdb in it); write it first, or correct `source`")
    try:
        environment = lmdb.open(str(path), readonly=True, lock=False)
    except lmdb.Error as error:
        raise InputError(f"{path}: not a readable LMDB ({error}); delete it and write it again") from error
    with environment, environment.begin() as transaction:
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
            raise InputError(f"{path}: record {key.decode(errors='replace')} has {values} values in shape {this}, "
                             f"the first record has shape {shape}; delete the LMDB and write it again")
        count += 1
    return count, shape
