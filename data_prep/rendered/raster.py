"""Which triangle each pixel shows, and depth maps for shadows. Compiled by numba, one thread."""

import math

import numba
import numpy as np

# no reordering and no fused arithmetic, so that every machine computes the same; only what is never met is left out
COMPILE = {"cache": True, "error_model": "numpy", "fastmath": {"nnan", "ninf", "nsz"}}
NEVER = 9.0  # `cut` of vertices whose triangles are drawn whole


def rasterize(points, triangles, width, height, hide=0, cut=None, uv=None, strands=None):
    """depth float32, triangle int32 (-1: none) and weights float32 [.., 2] of corners 2 and 3, all [height, width].

    points     float32 [n, 3]  column, row, and nearness: the largest is seen (1 / distance, or a radius)
    triangles  int32 [m, 3]
    hide       of the first `hide` triangles those that show their back are left out
    cut        float32 [n]  where its sum with strands[v, 4 u] is negative a triangle is cut away: edges of hair
    """
    depth = np.zeros((height, width), np.float32)
    triangle = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 2), np.float32)
    if cut is None:
        cut, uv = np.full(len(points), NEVER, np.float32), np.zeros((len(points), 2), np.float32)
        strands = np.zeros((1, 1), np.float32)
    fill(points, triangles, depth, triangle, weights, hide, cut, uv, strands)
    return depth, triangle, weights


@numba.njit(**COMPILE)
def fill(points, triangles, depth, triangle, weights, hide, cut, uv, strands):
    height, width = depth.shape
    rows, columns = strands.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, z0 = points[a, 0], points[a, 1], points[a, 2]
        x1, y1, z1 = points[b, 0], points[b, 1], points[b, 2]
        x2, y2, z2 = points[c, 0], points[c, 1], points[c, 2]
        left, right = max(0, math.ceil(min(x0, x1, x2))), min(width - 1, math.floor(max(x0, x1, x2)))
        top, bottom = max(0, math.ceil(min(y0, y1, y2))), min(height - 1, math.floor(max(y0, y1, y2)))
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if left > right or top > bottom or abs(area) < 1e-10 or (t < hide and area > 0):
            continue
        inverse = np.float32(1) / area
        whole = min(cut[a], cut[b], cut[c]) >= NEVER / 2
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                w1 = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) * inverse
                w2 = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) * inverse
                w0 = 1 - w1 - w2
                if w0 < -1e-4 or w1 < -1e-4 or w2 < -1e-4:
                    continue
                near = w0 * z0 + w1 * z1 + w2 * z2
                if near <= depth[y, x]:
                    continue
                if not whole:
                    u = w0 * uv[a, 0] + w1 * uv[b, 0] + w2 * uv[c, 0]
                    v = w0 * uv[a, 1] + w1 * uv[b, 1] + w2 * uv[c, 1]
                    row = min(max(int(v * rows), 0), rows - 1)
                    if w0 * cut[a] + w1 * cut[b] + w2 * cut[c] + strands[row, int(u * 4 * columns) % columns] < 0:
                        continue
                depth[y, x] = near
                triangle[y, x] = t
                weights[y, x, 0] = w1 * z1 / near
                weights[y, x, 1] = w2 * z2 / near


@numba.njit(**COMPILE)
def fill_depth(points, triangles, depth):
    """The largest points[:, 2] at each pixel of the square `depth`, in place; -1e9 where there is nothing."""
    size = depth.shape[0]
    depth[:] = -1e9
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, z0 = points[a, 0], points[a, 1], points[a, 2]
        x1, y1, z1 = points[b, 0], points[b, 1], points[b, 2]
        x2, y2, z2 = points[c, 0], points[c, 1], points[c, 2]
        left, right = max(0, math.ceil(min(x0, x1, x2))), min(size - 1, math.floor(max(x0, x1, x2)))
        top, bottom = max(0, math.ceil(min(y0, y1, y2))), min(size - 1, math.floor(max(y0, y1, y2)))
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if left > right or top > bottom or abs(area) < 1e-10:
            continue
        inverse = np.float32(1) / area
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                w1 = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) * inverse
                w2 = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) * inverse
                w0 = 1 - w1 - w2
                if w0 < -1e-4 or w1 < -1e-4 or w2 < -1e-4:
                    continue
                depth[y, x] = max(depth[y, x], w0 * z0 + w1 * z1 + w2 * z2)


@numba.njit(**COMPILE)
def normals(points, triangles):
    """float32 [n, 3]: the unit normal of every vertex, from its triangles weighted by their areas."""
    found = np.zeros_like(points)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in range(3):
            corner = triangles[t, k]
            found[corner, 0] += x
            found[corner, 1] += y
            found[corner, 2] += z
    for k in range(found.shape[0]):
        x, y, z = found[k, 0], found[k, 1], found[k, 2]
        size = math.sqrt(x * x + y * y + z * z) + 1e-12
        found[k, 0], found[k, 1], found[k, 2] = x / size, y / size, z / size
    return found
