"""The 68-point layout of faces, in which OpenFace's and Py-Feat's users read landmarks, out of the 478 points.

The places are those of the layout: jaw from the person's right ear over the chin to the left, brows, bridge of the nose
down to its tip, nostrils, eyes, outer lips, inner lips. The points lie symmetrically. Those of the jaw are the ones of
the face's outline that divide it most evenly: near the layout's, not the same.
"""

# ours: the points nearest to the places of the layout
POINTS_68 = (
    *(127, 234, 132, 58, 172, 136, 150, 176, 152, 400, 379, 365, 397, 288, 361, 454, 356),  # jaw 0 to 16, chin 8
    *(70, 63, 105, 66, 107),  # right brow 17 to 21, from outside
    *(336, 296, 334, 293, 300),  # left brow 22 to 26, from inside
    *(168, 197, 5, 4),  # bridge 27 to 30, tip last
    *(98, 97, 2, 326, 327),  # nostrils 31 to 35
    *(33, 160, 158, 133, 153, 144),  # right eye 36 to 41, from the outer corner
    *(362, 385, 387, 263, 373, 380),  # left eye 42 to 47, from the inner corner
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),  # outer lips 48 to 59, from the right corner
    *(78, 82, 13, 312, 308, 317, 14, 87),  # inner lips 60 to 67
)
