"""Hair: a cap over the scalp whose edge is cut in strands, and a curtain beside the neck for long hair."""

import numpy as np

from data_prep.rendered.atlas import AXIS, WIDTH, longitude_of, uv_of
from data_prep.rendered.geometry import grid_triangles, linear, noise, smoothstep

# ours: height of the hairline at these longitudes from the middle of the forehead to the nape
LONGITUDES = (0, 0.35, 0.7, 0.9, 1.05, 1.25, 1.5, 1.9, 2.2, np.pi)
HEIGHTS = (7.93, 7.94, 7.86, 7.66, 7.40, 7.18, 7.2, 7.15, 6.85, 6.7)
MOVES = (1, 1.2, 1, 0.4, 0, 0, 0, 0, 0, 0)  # how much of receding shows there
ROWS, COLUMNS = 256, 512  # texels of the picture of strands
EDGE = -0.10  # the cap begins this far below the hairline, and is cut away up to it


def hairline_of(look, rng):
    """Height of the hairline float32 [WIDTH] at each longitude of the atlas."""
    back = look.receding + rng.uniform(-0.06, 0.08)
    longitude = np.abs((np.arange(WIDTH) + 0.5) / WIDTH - 0.5) * 2 * np.pi
    line = np.interp(longitude, LONGITUDES, np.array(HEIGHTS) + back * np.array(MOVES))
    side = rng.uniform(-0.5, 0.5)  # where the fringe is parted
    signed = ((np.arange(WIDTH) + 0.5) / WIDTH - 0.5) * 2 * np.pi
    line -= look.fringe * smoothstep(0.75, 0.45, np.abs(signed)) * (0.75 + 0.25 * np.cos(3 * (signed - side)))
    return (line + 0.02 * noise(rng, 1, WIDTH, 2, 60)[0]).astype(np.float32)


def paint_hair(look, rng):
    """The picture of strands float32 [ROWS, COLUMNS, 4], RGB and gloss; how they end, float32 [ROWS, COLUMNS] dm."""
    strands = 0.45 * noise(rng, ROWS, COLUMNS, 6, 380) + 0.35 * noise(rng, ROWS, COLUMNS, 4, 120)
    picture = np.empty((ROWS, COLUMNS, 4), np.float32)
    picture[..., :3] = linear(look.hair) * np.clip(1 + 0.55 * strands, 0.25, 2.2)[..., None]
    picture[..., 3] = np.clip(0.5 + 0.5 * strands, 0, 1.5)
    reach = 0.035 if look.fringe else 0.02
    return picture, np.ascontiguousarray((reach * strands).astype(np.float32))


def cap(head, hairline, look, rng):
    """Vertices int [k] of the skin that carry hair, triangles int32 [m, 3] of their numbers, thickness and cut [k]."""
    skin = head.skin
    longitude = longitude_of(head.rest)
    columns = np.arange(WIDTH)
    above = head.rest[:, 1] - np.interp((longitude / (2 * np.pi) + 0.5) * WIDTH - 0.5, columns, hairline)
    on_skin = np.zeros(len(head.rest), bool)
    on_skin[np.unique(skin)] = True
    haired = on_skin & (above > EDGE) & ~head.ears
    triangles = skin[haired[skin].all(1)]
    vertices, triangles = np.unique(triangles, return_inverse=True)
    above, rest = above[vertices], head.rest[vertices]
    thickness = look.volume * smoothstep(-0.06, 0.22, above) * (0.6 + 0.7 * smoothstep(7.6, 8.4, rest[:, 1]))
    if look.fringe:
        thickness = np.maximum(thickness, 0.035 * smoothstep(EDGE, -0.02, above) * (rest[:, 2] > 0.8))
    ears = head.rest[head.ears]
    near = np.full(len(rest), 9.0)
    for start in range(0, len(ears), 64):
        part = ears[None, start : start + 64]
        near = np.minimum(near, np.linalg.norm(rest[:, None] - part, axis=2).min(1))
    thickness *= smoothstep(0, 0.22, near)
    waves = np.sin(5 * longitude[vertices] + rng.uniform(0, 6)) * rng.random()
    thickness = thickness * (1 + 0.15 * waves) + 0.006
    return vertices, triangles.reshape(-1, 3).astype(np.int32), thickness.astype(np.float32), above.astype(np.float32)


def curtain(vertices, skin, volume):
    """Long hair: places float32 [k, 3], triangles, uv and turning with the head [k], about a person's `vertices`."""
    rows, columns = 18, 60
    longitude = np.linspace(1.12, 2 * np.pi - 1.12, columns)[None]
    y = np.linspace(7.95, 5.7, rows)[:, None]
    own, wide = vertices[np.unique(skin)], np.zeros((rows, columns))
    own = own[own[:, 1] > 6.9]
    angle = np.mod(longitude_of(own), 2 * np.pi)
    radius = np.hypot(own[:, 0], own[:, 2] - AXIS)
    for column, at in enumerate(longitude[0]):
        near = np.abs(angle - at) < 0.15
        for row in range(rows):
            level = near & (np.abs(own[:, 1] - max(y[row, 0], 7.2)) < 0.15)
            wide[row, column] = radius[level].max() if level.any() else 0.8
    wide = np.maximum.accumulate(wide, 0) * 0.98 + volume * smoothstep(8.0, 7.4, y) * 0.8
    wide *= 1 - 0.15 * smoothstep(6.8, 5.8, y)
    places = np.stack(np.broadcast_arrays(wide * np.sin(longitude), y, AXIS + wide * np.cos(longitude)), -1)
    places = places.reshape(-1, 3).astype(np.float32)
    signed = np.mod(np.broadcast_to(longitude, wide.shape).ravel() + np.pi, 2 * np.pi) - np.pi
    return places, grid_triangles(rows, columns), uv_of(signed, places[:, 1]), smoothstep(5.4, 6.9, places[:, 1])
