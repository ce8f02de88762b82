"""Speed of writing a training set: 100,000 frames of 64 x 64 with their labels, as LMDBs that Caffe reads.

  python -m experiments.bench_lmdb

Times end when everything is on disk. Beside it, in the same run, the plain loop: one transaction per record, each
synced to disk as LMDB does unless told otherwise, on a sample and scaled up; and the same synced only at the end,
on all frames, which tells how much of the difference is the syncing. The last line is JSON; `ratio` is the plain
loop's time over ours.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import lmdb
import numpy as np

from data_prep.subjects.aus import DISFA_AUS
from data_prep.subjects.lmdb_pair import RECORDS_A_TRANSACTION, map_size, pair_arrays, put_records, write_lmdb_pair
from data_prep.system.errors import one_clear_error
from data_prep.system.pool import cores
from tools.report.tables import markdown_table

FRAMES, SIZE, LABELS = 100_000, 64, len(DISFA_AUS) + 1
SAMPLE = 500  # ours: frames for the plain loop, which takes milliseconds for each


def draw(frames):
    """Noise, which no file system compresses: uint8 [frames, 64, 64], and labels int8 [frames, 13]."""
    rng = np.random.default_rng(0)
    return (rng.integers(0, 256, (frames, SIZE, SIZE), np.uint8), rng.integers(0, 2, (frames, LABELS), np.int8))


def seconds_used(folder, image, label):
    """Seconds that write_lmdb_pair takes, until all is on disk, and the bytes there."""
    folder = Path(folder) / "used"
    start = time.perf_counter()
    write_lmdb_pair(folder / "pair", image, label)
    seconds = time.perf_counter() - start
    return seconds, sum(path.stat().st_size for path in folder.rglob("data.mdb"))


def seconds_one_by_one(folder, image, label, sync):
    """Seconds that the same records take with a transaction each; `sync`: each is on disk before the next."""
    start = time.perf_counter()
    for name, arrays in zip(("image", "label"), pair_arrays(image, label)):
        path = Path(folder) / f"{name}_{sync}"
        with lmdb.open(str(path), map_size=map_size(arrays), sync=sync, meminit=False) as environment:
            put_records(environment, arrays, records_a_transaction=1)
            environment.sync(True)
    return time.perf_counter() - start


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="runs", help="a folder on the disk to measure; left as it was (default runs)")
    parser.add_argument("--frames", type=int, default=FRAMES, help=f"frames to write (default {FRAMES})")
    arguments = parser.parse_args(argv)
    Path(arguments.out).mkdir(parents=True, exist_ok=True)
    image, label = draw(arguments.frames)
    sample = min(SAMPLE, len(image))
    with tempfile.TemporaryDirectory(dir=arguments.out, prefix="bench_lmdb_") as folder:
        plain = seconds_one_by_one(folder, image[:sample], label[:sample], sync=True) * len(image) / sample
        seconds, size = seconds_used(folder, image, label)
        once = seconds_one_by_one(folder, image, label, sync=False)
    print(
        markdown_table(
            [
                [f"{len(image)} frames of {SIZE} x {SIZE}, {LABELS} labels", "seconds", "times ours", "measured on"],
                [
                    f"ours: {RECORDS_A_TRANSACTION} records a transaction",
                    f"{seconds:.2f}",
                    "1",
                    f"all, {size / 1e6:.0f} MB",
                ],
                ["one record a transaction, synced at the end", f"{once:.2f}", f"{once / seconds:.1f}", "all"],
                [
                    "one record a transaction, each synced",
                    f"{plain:.0f}",
                    f"{plain / seconds:.0f}",
                    f"{sample}, scaled up",
                ],
            ]
        )
    )
    print(
        json.dumps(
            {
                "bench": "lmdb",
                "ratio": round(plain / seconds, 1),
                "seconds": round(seconds, 2),
                "frames": len(image),
                "megabytes": round(size / 1e6),
                "cores": cores(),
                "plain_seconds": round(plain, 1),
                "plain_sample": sample,
                "synced_at_end_seconds": round(once, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
