"""A mesh put together from pieces."""

import numpy as np

from data_prep.rendered.raster import NEVER


class Parts:
    """Pieces of a mesh while it is put together, and after `join` the whole.

    points, uv, follow, color, cut  per vertex; triangles int32 [m, 3] and material int8 [m]
    hide  how many triangles, the first, are skin: their backs are not seen
    """

    def __init__(self, points, uv, follow, color):
        self.points, self.uv, self.follow, self.color = [points], [uv], [follow], [color]
        self.cut = [np.full(len(points), NEVER, np.float32)]
        self.triangles, self.material = [], []
        self.count = len(points)

    def add_triangles(self, triangles, material):
        """Triangles between vertices that are there."""
        self.triangles.append(triangles.astype(np.int32))
        self.material.append(np.full(len(triangles), material, np.int8))

    def add(self, points, triangles, material, uv=None, follow=None, color=(0, 0, 0), cut=None):
        """A piece with vertices of its own; returns the number of its first."""
        first, n = self.count, len(points)
        self.points.append(points)
        self.uv.append(np.zeros((n, 2)) if uv is None else uv)
        self.follow.append(np.ones(n) if follow is None else follow)
        self.color.append(np.tile([*color, 0], (n, 1)))
        self.cut.append(np.full(n, NEVER) if cut is None else cut)
        self.add_triangles(triangles + first, material)
        self.count += n
        return first

    def join(self):
        """This, with every list as one array."""
        self.hide = len(self.triangles[0])
        for name in ("points", "uv", "follow", "color", "cut"):
            setattr(self, name, np.ascontiguousarray(np.concatenate(getattr(self, name)), dtype=np.float32))
        self.triangles, self.material = np.concatenate(self.triangles), np.concatenate(self.material)
        return self
