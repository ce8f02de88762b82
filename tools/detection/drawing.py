"""One frame again, with a box around each face, its label, and a bar for each AU, for the overlay and the live view."""

import textwrap

import cv2
import numpy as np

from tools.detection.layout import arrange, row_height

PRESENT, ABSENT, BACK, WHITE = (60, 170, 60), (150, 150, 150), (30, 30, 30), (255, 255, 255)  # BGR
POINT = (255, 200, 0)  # BGR, of landmarks
FONT = cv2.FONT_HERSHEY_SIMPLEX
SMALL, ENLARGED, LARGE = 240, 360, 1920  # ours: pixels; a shorter side below the first has no room for bars beside a
# face and is enlarged to the second at least, but the longer side to the third at most
LARGE_FACE = 200  # ours: pixels of a face on which landmarks are dots, not points
PATIENCE = 50  # ours: frames after which better places are looked for
CHARACTER = 0.6  # lines, the width of most characters
DRAWN = "trained on drawn faces: means nothing for people"


class Painter:
    """Draws the faces of one frame after another.

    aus     AUs of the scores, as numbers
    model   id of the bundle, written on each frame
    points  whether to draw a Face's `points` too

    What is drawn scales with the picture and lies off the faces (tools/detection/layout.py). Pictures with a side
    below 240 pixels are enlarged by a whole factor. All pictures get the size of the first, in which they are fitted.
    """

    def __init__(self, aus, model, *, points=False):
        self.aus, self.points = aus, points
        self.notes = [f"model {model}", *([DRAWN] if model.startswith("synthetic-") else [])]
        self.size = None  # (width, height) of the picture as drawn
        self.canvas = (0, 0)  # the same, with margin and footer
        self.places, self.age = {}, 0  # of the labels and bars, and frames since they were looked for

    def reserve(self, shape, frames):
        """Make pictures of all Frames of a video, which has frames of `shape` (height, width, ...), equally large."""
        self.size = enlarged(shape)
        for frame in frames:
            self.layout(shape, frame)
        self.places, self.age = {}, 0

    def draw(self, image, frame):
        """A copy of `image` uint8 [H, W, 3] with the faces of a Frame; larger than it where faces leave no room."""
        self.size = self.size or enlarged(image.shape)
        layout = self.layout(image.shape, frame)
        drawn = self.fitted(image)
        scale, line = self.scale(image.shape), max(2, row_height(self.size) // 8)
        for face in frame.faces:
            left, top, right, bottom = scaled(face.box, scale)
            cv2.rectangle(drawn, (left, top), (right, bottom), PRESENT, line)
            if self.points and face.points is not None:
                radius = line // 2 if right - left > LARGE_FACE else 0  # on small faces dots would hide the face
                for x, y in np.rint(face.points * scale).astype(int).tolist():
                    cv2.circle(drawn, (x, y), radius, POINT, -1)
        for face in frame.faces:
            if layout.labels[face.face]:
                add_text(drawn, layout.labels[face.face], [label(face)])
            add_panel(drawn, layout.panels[face.face], face, self.aus)
        add_text(drawn, layout.note, self.note_lines()[0])
        return drawn

    def layout(self, shape, frame):
        """The Layout of a Frame of a picture of `shape`."""
        row, scale = row_height(self.size), self.scale(shape)
        layout = arrange(
            self.size,
            {face.face: scaled(face.box, scale) for face in frame.faces},
            bars=len(self.aus),
            label={face.face: text_width(label(face), row) for face in frame.faces},
            note=self.note_lines()[1],
            places=self.places if self.age % PATIENCE else {},
        )
        self.places, self.age = layout.places, self.age + 1
        self.canvas = tuple(map(max, self.canvas, layout.size))
        return layout

    def note_lines(self):
        """(lines of the note, (width, height) that they need) in the width of the picture."""
        row = row_height(self.size)
        most = max(int(self.size[0] / (CHARACTER * row)), 8)
        lines = [line for note in self.notes for line in textwrap.wrap(note, most)]
        width = max(text_width(line, row) for line in lines)
        return lines, (width, row * len(lines))

    def scale(self, shape):
        """Pixels drawn for a pixel of a picture of `shape`."""
        return min(self.size[0] / shape[1], self.size[1] / shape[0])

    def fitted(self, image):
        """`image` in its size, within margin and footer."""
        scale = self.scale(image.shape)
        if scale != 1:
            size = [max(round(side * scale), 1) for side in image.shape[1::-1]]
            image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
        if image.shape[1::-1] == self.canvas:
            return image.copy() if scale == 1 else image
        drawn = np.full((self.canvas[1], self.canvas[0], 3), BACK, np.uint8)
        drawn[: image.shape[0], : image.shape[1]] = image
        return drawn


def enlarged(shape):
    """(width, height) in which a picture of `shape` is drawn."""
    height, width = shape[:2]
    short, long = sorted((width, height))
    factor = max(min(-(-ENLARGED // short), LARGE // long), 1) if short < SMALL else 1
    return width * factor, height * factor


def scaled(box, scale):
    """(left, top, right, bottom) of a box x, y, width, height."""
    x, y, width, height = (float(value) * scale for value in box)
    return round(x), round(y), round(x + width), round(y + height)


def label(face):
    return f"face {face.face}"


def font(row):
    """(scale, thickness) of text in lines of `row` pixels."""
    return row / 36, max(1, round(row / 16))


def text_width(text, row):
    """The width of a line of text with some room around it."""
    return cv2.getTextSize(text, FONT, *font(row))[0][0] + row // 2


def add_text(image, box, lines):
    """Lines of text, white on dark, that fill `box`."""
    left, top, right, bottom = box
    row = (bottom - top) // len(lines)
    cv2.rectangle(image, (left, top), (right - 1, bottom - 1), BACK, -1)
    for number, line in enumerate(lines):
        write(image, line, left + row // 4, top + row * number, row)


def write(image, text, left, top, row):
    """A line of text, whose line begins at the top."""
    size, thickness = font(row)
    cv2.putText(image, text, (left, top + round(0.77 * row)), FONT, size, WHITE, thickness, cv2.LINE_AA)


def add_panel(image, panel, face, aus):
    """The name of a face and one bar per AU, as long as its probability, green where it is present."""
    (left, top, right, bottom), row, columns = panel
    cv2.rectangle(image, (left, top), (right - 1, bottom - 1), BACK, -1)
    write(image, label(face), left + row // 4, top, row)
    in_column, width = -(-len(aus) // columns), (right - left) // columns
    for number, (au, is_present, value) in enumerate(zip(aus, face.present, face.probability)):
        x, y = left + width * (number // in_column), top + row * (1 + number % in_column)
        write(image, f"AU{au:02d}", x + row // 4, y, row)
        start, most = x + round(2.9 * row), width - round(3.2 * row)
        color, gap = PRESENT if is_present else ABSENT, row // 4
        cv2.rectangle(image, (start, y + gap), (start + round(most * float(value)), y + row - gap), color, -1)
