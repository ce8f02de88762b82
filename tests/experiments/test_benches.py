"""The benchmarks of faces and of tools.detect, on videos of a second: that they run and what their last line says."""

import json

from tests.bundles import random_bundle


def last_line(done):
    """The JSON that a finished benchmark ended with."""
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_benchmark_of_faces_finds_the_faces_that_opencv_finds(project, tmp_path):
    found = last_line(project("experiments.bench_faces", "--out", "runs", "--frames", 12, "--repeats", 1, cwd=tmp_path))
    ways = {"ratio", "same_face", "median_iou", "plain_ms", "ours_ms", "plain_misses", "our_misses"}
    shakes = {f"{way}jitter_{name}" for way in ("", "plain_") for name in ("center", "width")}
    assert set(found) == {
        "bench", "cores", "frames", "largest_process_mb", *ways, *shakes, *(f"drawn_{name}" for name in ways),
    }  # fmt: skip
    assert found["jitter_center"] < found["plain_jitter_center"]
    assert (found["bench"], found["frames"]) == ("faces", 24)
    assert found["same_face"] == found["drawn_same_face"] == 1 and found["our_misses"] == 0
    assert found["plain_ms"] > 0 and found["ours_ms"] > 0
    assert list((tmp_path / "runs").iterdir()) == []


def test_the_benchmark_of_detect_counts_every_frame(project, tmp_path):
    bundle = random_bundle(tmp_path)
    found = last_line(
        project(
            *("experiments.bench_detect", "--model", bundle, "--out", "runs", "--frames", 24, "--repeats", 2),
            cwd=tmp_path,
        )
    )
    of_each = {"fps", "seconds", "with_face", "faces", "stages"}
    assert set(found) == {"bench", "frames", "cores", "net_ms", *of_each, *(f"blazeface_{name}" for name in of_each)}
    assert (found["bench"], found["frames"]) == ("detect", 48)
    for way in ("", "blazeface_"):
        assert (found[f"{way}with_face"], found[f"{way}faces"]) == (48, 1)
        assert set(found[f"{way}stages"]) == {"read", "find and crop faces", "net and QDA", "start, tables and page"}
    assert list((tmp_path / "runs").iterdir()) == []


def test_the_benchmark_of_detect_without_a_model_says_what_to_do(project, tmp_path):
    done = project("experiments.bench_detect", "--model", "nowhere", cwd=tmp_path)
    assert done.returncode == 1 and "no model here; make one with `make bundle`" in done.stderr
