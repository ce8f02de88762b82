"""A Python layer for real Caffe, of which other engines know nothing. Python 3.6 syntax."""

import caffe


class SquaredLayer(caffe.Layer):
    """top = bottom ^ 2."""

    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[0].data.shape)

    def forward(self, bottom, top):
        top[0].data[...] = bottom[0].data ** 2

    def backward(self, top, propagate_down, bottom):
        bottom[0].diff[...] = 2 * bottom[0].data * top[0].diff
