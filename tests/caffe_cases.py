"""Small nets under real Caffe: many in one process, their arrays brought back."""

import json
import os
import subprocess

import numpy as np

from data_prep.system.code import ROOT
from tools.engines.process import caffe_python

BACKWARD = """
import json, os, sys
os.environ["GLOG_minloglevel"] = "2"
import caffe, numpy as np
folder = sys.argv[1]
caffe.set_random_seed(1)
for name in json.load(open(os.path.join(folder, "names.json"))):
    given = np.load(os.path.join(folder, name + "_in.npz"))
    net = caffe.Net(os.path.join(folder, name + ".prototxt"), caffe.TRAIN)
    out = {}
    for key in given.files:
        net.blobs[key].data[...] = given[key]
        out[key] = given[key]
    net.forward()
    rng = np.random.RandomState(0)
    tops = [top for top in net.outputs]
    for top in tops:
        out["top_" + top] = net.blobs[top].data.copy()
        if not net.blob_loss_weights[top]:
            out["seed_" + top] = rng.normal(0, 1, net.blobs[top].data.shape).astype(np.float32)
            net.blobs[top].diff[...] = out["seed_" + top]
    net.backward()
    for key in given.files:
        moved = "moved" if key == "in0" and "moved" in net.blobs else key
        out["diff_" + key] = net.blobs[moved].diff.copy()
    for k, blob in enumerate(net.params.get("tested", [])):
        out["weight%d" % k], out["weight_diff%d" % k] = blob.data.copy(), blob.diff.copy()
    np.savez(os.path.join(folder, name + "_out.npz"), **out)
"""


TEST = """
import json, os, sys
os.environ["GLOG_minloglevel"] = "2"
import caffe, numpy as np
folder = sys.argv[1]
for name in json.load(open(os.path.join(folder, "names.json"))):
    given = np.load(os.path.join(folder, name + "_in.npz"))
    net = caffe.Net(os.path.join(folder, name + ".prototxt"), caffe.TEST)
    for key in given.files:
        if "/" in key:
            layer, number = key.split("/")
            net.params[layer][int(number)].data[...] = given[key]
        else:
            net.blobs[key].data[...] = given[key]
    net.forward()
    np.savez(os.path.join(folder, name + "_out.npz"), **{key: blob.data for key, blob in net.blobs.items()})
"""


def under_caffe(folder, cases):
    """{name: arrays} of `cases` {name: (prototxt text, {blob: array})}; the layer compared is called "tested".

    Arrays: the bottoms, top_<blob>, seed_<blob> (the gradient given for a top that is no loss), diff_<bottom>,
    weight<k> and weight_diff<k>.
    """
    return run(BACKWARD, folder, cases)


def at_test(folder, cases):
    """{name: {blob: array}} of `cases` in Caffe's TEST phase; their arrays are bottoms and, as <layer>/<k>, weights."""
    return run(TEST, folder, cases)


def run(script, folder, cases):
    for name, (text, arrays) in cases.items():
        (folder / f"{name}.prototxt").write_text(text)
        np.savez(folder / f"{name}_in.npz", **arrays)
    (folder / "names.json").write_text(json.dumps(list(cases)))
    (folder / "script.py").write_text(script)
    done = subprocess.run(
        [caffe_python(), str(folder / "script.py"), str(folder)],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT), OPENBLAS_NUM_THREADS="1"),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {name: dict(np.load(folder / f"{name}_out.npz")) for name in cases}


BUILD = """
import json, os, sys
os.environ["GLOG_minloglevel"] = "2"
import caffe
texts, folder, phase = json.load(open(sys.argv[1])), os.path.dirname(sys.argv[1]), int(sys.argv[2])
reasons = []
for number, text in enumerate(texts):
    path, log = (os.path.join(folder, "%d.%s" % (number, kind)) for kind in ("prototxt", "log"))
    with open(path, "w") as file: file.write(text)
    child = os.fork()
    if not child:
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), 2)
        net = caffe.Net(path, phase)
        net.forward()
        net.backward()
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    fatal = [line for line in open(log) if line.startswith("F")] or ["status %d" % status]
    reasons.append(fatal[-1] if status else "")
json.dump(reasons, open(sys.argv[1] + ".reasons", "w"))
"""


def why_caffe_aborts(folder, texts, phase=0):
    """For each net, prototxt text, the line with which Caffe dies at it or at its first pass; "" if it does not."""
    (folder / "texts.json").write_text(json.dumps(texts))
    (folder / "build.py").write_text(BUILD)
    done = subprocess.run(
        [caffe_python(), str(folder / "build.py"), str(folder / "texts.json"), str(phase)],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT), OPENBLAS_NUM_THREADS="1"),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "texts.json.reasons").read_text())
