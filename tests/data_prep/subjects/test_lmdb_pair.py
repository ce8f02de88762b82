"""LMDB pairs, and what Caffe would read wrongly in silence."""

import os
import subprocess

import lmdb
import numpy as np
import pytest

from data_prep.subjects import lmdb_pair
from data_prep.subjects.lmdb_pair import check_lmdb, read_lmdb, write_lmdb_pair
from data_prep.system.errors import InputError
from prototxt.caffe_pb2 import Datum


def test_records_come_back_in_order_and_whole(tmp_path):
    image = np.arange(25 * 36, dtype=np.uint8).reshape(25, 6, 6)
    label = np.arange(75).reshape(25, 3).astype(np.int8) % 3 - 1
    write_lmdb_pair(tmp_path / "a", image, label)
    pixels = [
        np.frombuffer(datum.data, np.uint8).reshape(6, 6).copy() for _, datum in read_lmdb(tmp_path / "a_image_lmdb")
    ]
    values = [list(datum.float_data) for _, datum in read_lmdb(tmp_path / "a_label_lmdb")]
    assert np.array_equal(pixels, image) and np.array_equal(values, label)
    assert check_lmdb(tmp_path / "a_image_lmdb") == (25, (1, 6, 6))
    assert check_lmdb(tmp_path / "a_label_lmdb") == (25, (3, 1, 1))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("size", [28, 40, 44, 60, 64, 96])
def test_every_image_size_fits_the_map(tmp_path, size, dtype):
    write_lmdb_pair(tmp_path / "a", np.ones((2000, size, size), dtype), np.zeros((2000, 13), np.int8))
    assert check_lmdb(tmp_path / "a_image_lmdb")[0] == 2000


def test_transactions_may_end_anywhere(tmp_path, monkeypatch):
    monkeypatch.setattr(lmdb_pair.put_records, "__defaults__", (2,))
    write_lmdb_pair(tmp_path / "a", np.zeros((5, 4, 4), np.uint8), np.arange(5, dtype=np.int8)[:, None])
    assert [datum.float_data[0] for _, datum in read_lmdb(tmp_path / "a_label_lmdb")] == [0, 1, 2, 3, 4]


@pytest.fixture
def disk_of_1_mb(tmp_path):
    """A file system of its own, where one may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small disk; the test below stands in for it")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_on_a_full_disk_the_old_lmdb_stays_and_the_message_tells_what_is_missing(disk_of_1_mb):
    label = np.zeros((300, 2), np.int8)
    write_lmdb_pair(disk_of_1_mb / "a", np.zeros((20, 44, 44), np.uint8), label[:20])
    with pytest.raises(InputError, match="a_image_lmdb: cannot write this LMDB .* takes up to 2 MB and 1 MB are free"):
        write_lmdb_pair(disk_of_1_mb / "a", np.zeros((300, 64, 64), np.uint8), label)
    assert sorted(os.listdir(disk_of_1_mb)) == ["a_image_lmdb", "a_label_lmdb"]
    assert check_lmdb(disk_of_1_mb / "a_image_lmdb")[0] == 20


@pytest.mark.parametrize("error", [lmdb.DiskError, lmdb.MapFullError, lmdb.Error])
def test_whatever_lmdb_reports_names_the_path_and_the_remedy(tmp_path, monkeypatch, error):
    def fail(*_):
        raise error("mdb_txn_commit: No space left on device")

    monkeypatch.setattr(lmdb_pair, "put_records", fail)
    with pytest.raises(InputError, match="a_image_lmdb: cannot .* left on device.*make room or choose another folder"):
        write_lmdb_pair(tmp_path / "a", np.zeros((3, 6, 6), np.uint8), np.zeros((3, 2), np.int8))
    assert not list(tmp_path.iterdir())


def test_real_caffe_reads_bytes_floats_and_unknown_labels(tmp_path, caffe):
    image = np.random.default_rng(0).integers(0, 256, (6, 5, 5)).astype(np.uint8)
    label = np.array([[1, 0, -1]] * 6, np.int8)
    write_lmdb_pair(tmp_path / "b", image, label)
    write_lmdb_pair(tmp_path / "f", image + np.float32(0.25), label)
    net = tmp_path / "net.prototxt"
    net.write_text(
        "".join(
            f'layer {{ name: "{top}" type: "Data" top: "{top}" '
            f'data_param {{ source: "{tmp_path}/{source}" backend: LMDB batch_size: 6 }} }}\n'
            for top, source in (("b", "b_image_lmdb"), ("f", "f_image_lmdb"), ("y", "f_label_lmdb"))
        )
    )
    answer = caffe(
        """
        net = caffe.Net(given['net'], caffe.TEST)
        net.forward()
        answer.update({top: net.blobs[top].data.tolist() for top in 'bfy'})
    """,
        net=str(net),
    )
    assert np.array_equal(np.array(answer["b"])[:, 0], image)
    assert np.array_equal(np.array(answer["f"])[:, 0], image + 0.25)
    assert np.array_equal(np.array(answer["y"])[:, :, 0, 0], label)


def spoil(path, key, value):
    with lmdb.open(str(path)) as environment, environment.begin(write=True) as transaction:
        transaction.put(key, value)


@pytest.mark.parametrize(
    "value, message",
    [
        (Datum(channels=1, height=6, width=6, data=b"x" * 30).SerializeToString(), "record 00000001 has 30 values"),
        (Datum(channels=1, height=5, width=6, data=b"x" * 30).SerializeToString(), "first record has shape"),
        (b"\xff\xff\xff", "record 00000001 is not a Datum"),
    ],
)
def test_a_record_that_caffe_would_read_past_its_end_is_named(tmp_path, value, message):
    write_lmdb_pair(tmp_path / "a", np.zeros((3, 6, 6), np.uint8), np.zeros((3, 2), np.int8))
    spoil(tmp_path / "a_image_lmdb", b"00000001", value)
    with pytest.raises(InputError, match=message):
        check_lmdb(tmp_path / "a_image_lmdb")


def test_a_missing_empty_or_foreign_lmdb_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere: no LMDB here"):
        check_lmdb(tmp_path / "nowhere")
    lmdb.open(str(tmp_path / "empty")).close()
    with pytest.raises(InputError, match="empty: the LMDB is empty"):
        check_lmdb(tmp_path / "empty")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/data.mdb").write_text("not a database")
    with pytest.raises(InputError, match="foreign: not a readable LMDB"):
        check_lmdb(tmp_path / "foreign")


def test_images_and_labels_must_be_as_many(tmp_path):
    with pytest.raises(ValueError, match="as many images as labels"):
        write_lmdb_pair(tmp_path / "a", np.zeros((3, 6, 6), np.uint8), np.zeros((2, 2), np.int8))
    assert not list(tmp_path.iterdir())
