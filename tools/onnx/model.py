"""The model.onnx of a trained net: its bytes, and what it says of itself in its metadata.

preprocessing  JSON {"crop", "mean", "scale", "input"}: what is to be done with stored pixels before the net sees them
"""

import json

from tools.onnx.writer import to_onnx

MODEL = "model.onnx"
PREPROCESSING = "preprocessing"
RULE = "float32 (pixel - mean) * scale of the middle crop x crop pixels (all of them where crop is 0)"


def model_bytes(net, weights, blobs, preprocessing):
    """The bytes of the ONNX model that makes `blobs` of a deploy net; the same for the same arguments.

    net, weights, blobs  as of tools/onnx/writer.py
    preprocessing        Preprocessing of its Data layer
    """
    facts = {**preprocessing.facts(), "input": RULE}
    return to_onnx(net, weights, blobs, {PREPROCESSING: json.dumps(facts)}).SerializeToString(deterministic=True)
