"""The light that each pixel sends to the camera, from what it shows. Linear RGB; compiled by numba, one thread.

MATERIALS: SKIN has a painted atlas and the furrows' finer map, EYE a picture of the eyeball, HAIR one of strands, PLAIN
the color of its vertices.
"""

import math

import numba
import numpy as np

from data_prep.rendered.raster import COMPILE

SKIN, EYE, PLAIN, HAIR = range(4)
SHINE = np.array([[0.07, 16], [0.9, 220], [0.10, 40], [0.16, 14]], np.float32)  # strength, exponent; by material
SHADOW_MAP, SHADOW_SPAN = 256, 4.0  # pixels and decimeters of a side of the shadow's map


@numba.njit(**COMPILE)
def sample(texture, column, row, channel):
    """`texture` [h, w, c] between its texels; columns wrap, rows end."""
    height, width = texture.shape[:2]
    x, y = math.floor(column), math.floor(row)
    fx, fy = column - x, row - y
    x0, x1 = int(x) % width, (int(x) + 1) % width
    y0, y1 = min(max(int(y), 0), height - 1), min(max(int(y) + 1, 0), height - 1)
    above = texture[y0, x0, channel] * (1 - fx) + texture[y0, x1, channel] * fx
    below = texture[y1, x0, channel] * (1 - fx) + texture[y1, x1, channel] * fx
    return above * (1 - fy) + below * fy


@numba.njit(**COMPILE)
def lit_share(shadow, x, y, depth):
    """How much of the neighborhood of a point is not in the shadow of the key light, 0..1."""
    size, lit = shadow.shape[0], 0
    for j in range(-1, 2):
        for i in range(-1, 2):
            column, row = int(x + i * 2.2 + 0.5), int(y + j * 2.2 + 0.5)
            if column < 0 or row < 0 or column >= size or row >= size or shadow[row, column] < depth:
                lit += 1
    return lit / 9.0


@numba.njit(**COMPILE)
def shade(
    triangle, weights, triangles, material, points, normal, uv, open_sky, color, skin, hair, eyes, detail, detail_box,
    lights, sky, ground, eye_point, up, shine, shadow, light_axes, light_place, shadow_strength, out,
):  # fmt: skip
    """Write RGB and coverage of every pixel into `out` float32 [h, w, 4].

    triangle, weights  from rasterize;  points, normal, uv, open_sky, color [n, ..]  of vertices, in the camera's frame
    color      RGB, and how much it covers the atlas
    detail     gradient x, gradient y and depth of furrows, over `detail_box` (u from, to, v from, to) of the atlas
    lights     rows: direction 3, RGB 3, wrap, whether it casts the shadow;  sky, ground  RGB of the surroundings
    eye_point  of the camera;  up  the head's
    """
    height, width = triangle.shape
    n, l_ = np.zeros(3, np.float32), np.zeros(3, np.float32)
    base = np.zeros(3, np.float32)
    for y in range(height):
        for x in range(width):
            t = triangle[y, x]
            if t < 0:
                out[y, x, :] = 0
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            w1, w2 = weights[y, x, 0], weights[y, x, 1]
            w0 = 1 - w1 - w2
            m = material[t]
            for k in range(3):
                n[k] = normal[a, k] * w0 + normal[b, k] * w1 + normal[c, k] * w2
                l_[k] = points[a, k] * w0 + points[b, k] * w1 + points[c, k] * w2
            size = math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) + 1e-9
            nx, ny, nz = n[0] / size, n[1] / size, n[2] / size
            px, py, pz = l_[0], l_[1], l_[2]
            vx, vy, vz = eye_point[0] - px, eye_point[1] - py, eye_point[2] - pz
            size = math.sqrt(vx * vx + vy * vy + vz * vz)
            vx, vy, vz = vx / size, vy / size, vz / size
            if m != SKIN and nx * vx + ny * vy + nz * vz < 0:
                nx, ny, nz = -nx, -ny, -nz
            ua, ub, uc = uv[a, 0], uv[b, 0], uv[c, 0]
            if m in (SKIN, HAIR) and max(ua, ub, uc) - min(ua, ub, uc) > 0.5:  # the seam at the back
                ua, ub, uc = ua + (ua < 0.5), ub + (ub < 0.5), uc + (uc < 0.5)
            u = ua * w0 + ub * w1 + uc * w2
            v = uv[a, 1] * w0 + uv[b, 1] * w1 + uv[c, 1] * w2
            sky_share = open_sky[a] * w0 + open_sky[b] * w1 + open_sky[c] * w2
            gloss = 1.0
            if m == SKIN:
                column, row = u * skin.shape[1] - 0.5, v * skin.shape[0] - 0.5
                cover = color[a, 3] * w0 + color[b, 3] * w1 + color[c, 3] * w2
                for k in range(3):
                    own = color[a, k] * w0 + color[b, k] * w1 + color[c, k] * w2
                    base[k] = sample(skin, column, row, k) * (1 - cover) + cover * own
                gloss = sample(skin, column, row, 3)
                column = (u - detail_box[0]) / (detail_box[1] - detail_box[0]) * detail.shape[1] - 0.5
                row = (v - detail_box[2]) / (detail_box[3] - detail_box[2]) * detail.shape[0] - 0.5
                if 1 < column < detail.shape[1] - 2 and 1 < row < detail.shape[0] - 2:
                    gx = sample(detail, column, row, 0) * (1 - cover)
                    gy = sample(detail, column, row, 1) * (1 - cover)
                    dent = sample(detail, column, row, 2) * (1 - cover)
                    tx, ty, tz = up[1] * nz - up[2] * ny, up[2] * nx - up[0] * nz, up[0] * ny - up[1] * nx
                    size = math.sqrt(tx * tx + ty * ty + tz * tz) + 1e-6
                    tx, ty, tz = tx / size, ty / size, tz / size
                    bx, by, bz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
                    nx, ny, nz = nx - gx * tx - gy * bx, ny - gx * ty - gy * by, nz - gx * tz - gy * bz
                    size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
                    nx, ny, nz = nx / size, ny / size, nz / size
                    dark = min(max(1 - dent, 0.4), 1.1)
                    base[0] *= 0.35 + 0.65 * dark
                    base[1] *= dark
                    base[2] *= dark
            elif m == EYE:
                column = min(max((u * 0.5 + 0.5) * eyes.shape[1] - 0.5, 0.0), eyes.shape[1] - 2.0)
                row = (0.5 - v * 0.5) * eyes.shape[0] - 0.5
                for k in range(3):
                    base[k] = sample(eyes, column, row, k)
            elif m == HAIR:
                column, row = u * hair.shape[1] * 4, v * hair.shape[0]
                for k in range(3):
                    base[k] = sample(hair, column, row, k)
                gloss = 0.4 + 1.2 * sample(hair, column, row, 3)
            else:
                for k in range(3):
                    base[k] = color[a, k] * w0 + color[b, k] * w1 + color[c, k] * w2
            lit = 1.0
            if shadow_strength > 0:
                sx = px * light_axes[0, 0] + py * light_axes[0, 1] + pz * light_axes[0, 2] - light_place[0]
                sy = px * light_axes[1, 0] + py * light_axes[1, 1] + pz * light_axes[1, 2] - light_place[1]
                sz = px * light_axes[2, 0] + py * light_axes[2, 1] + pz * light_axes[2, 2] - light_place[2]
                scale, half = SHADOW_MAP / SHADOW_SPAN, SHADOW_MAP / 2
                lit = lit_share(shadow, sx * scale + half, sy * scale + half, sz - 0.05)
                lit = 1 - shadow_strength + shadow_strength * lit
            for k in range(3):
                n[k] = (sky[k] * (ny * 0.5 + 0.5) + ground[k] * (0.5 - ny * 0.5)) * sky_share
                l_[k] = 0
            direct = 0.35 + 0.65 * sky_share
            for q in range(lights.shape[0]):
                lx, ly, lz, wrap = lights[q, 0], lights[q, 1], lights[q, 2], lights[q, 6]
                facing = nx * lx + ny * ly + nz * lz
                diffuse = max((facing + wrap) / (1 + wrap), 0.0) * direct
                red = diffuse
                if m == SKIN:  # red bleeds further round the terminator
                    red = max((facing + wrap + 0.07) / (1.07 + wrap), 0.0) * direct
                hx, hy, hz = lx + vx, ly + vy, lz + vz
                size = math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
                half_way = max((nx * hx + ny * hy + nz * hz) / size, 0.0)
                glint = 0.0
                if facing > 0 and half_way > 0.6:  # below, even the widest shine is less than 0.001
                    glint = shine[m, 0] * gloss * half_way ** shine[m, 1] * sky_share
                if lights[q, 7] > 0:
                    diffuse *= lit
                    red *= 0.12 + 0.88 * lit if m == SKIN else lit
                    glint *= lit
                n[0] += lights[q, 3] * red
                n[1] += lights[q, 4] * diffuse
                n[2] += lights[q, 5] * diffuse
                for k in range(3):
                    l_[k] += lights[q, 3 + k] * glint
            for k in range(3):
                out[y, x, k] = base[k] * n[k] + l_[k]
            out[y, x, 3] = 1
