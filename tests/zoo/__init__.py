"""Small nets that together have every type of layer and every option of prototxt/caffe.proto that changes a result.

An edited net must be the same net everywhere: `tests/test_zoo.py` runs each of these through real Caffe, PyTorch and
ONNX with the same weights, and draws it. `python -m tests.zoo` prints how far apart they are, net by net.

texts.py          how a net is written: ZooNet, and functions for its commonest lines
windows.py ...    the nets, by topic; table.py holds them all
nets.py           a ZooNet as the messages that engines take
squared.py        a Python layer
under_caffe.py    all nets under real Caffe, in one process
engines.py        the same nets on PyTorch and ONNX, and how far they are from Caffe
folds.py          a net as a fold, and its bundle's decisions

To add a net, write it into the file of its topic. What an engine cannot do stands with the net, as the words of the
error that says so: when a limit is lifted the test fails until they are gone.
"""
