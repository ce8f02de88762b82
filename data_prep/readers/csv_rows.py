"""The rows of a CSV file that describes a dataset, checked cell by cell; every error names the line and the column."""

import csv
import re
import warnings
from typing import NamedTuple

from data_prep.readers.regular_files import check_file, check_text
from data_prep.system.errors import InputError

AU = re.compile(r"^(?:AU)?_?0*([1-9]\d?)([ _-]?intensity)?$", re.IGNORECASE)
WORDS = ("subject", "image", "video", "frame", "sequence")
FRAME = re.compile(r"0*[1-9][0-9]{0,8}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST = 100  # ours: bytes of a subject's name; a file name has at most 255, and endings are added
FORBIDDEN = re.compile(r"[/\\:*?\"<>|]|^\.")  # a subject names a file


class Columns(NamedTuple):
    """Where the header puts what: {word: column}, {AU: column} of presence or intensities, of intensities.

    ignored  the names of columns that are none of these
    """

    words: dict
    aus: dict
    intensities: dict
    ignored: list

    @property
    def all_aus(self):
        """The AU numbers that have a column, ascending."""
        return tuple(sorted({*self.aus, *self.intensities}))


def read_rows(path):
    """The header's names and [(line number, cells)] of the other rows that are not blank."""
    check_text(path)
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            first = file.readline()
            file.seek(0)
            separator = max(",;\t", key=first.count)
            table = csv.reader(file, delimiter=separator)
            rows = [(table.line_num, [cell.strip() for cell in cells]) for cells in table if any(map(str.strip, cells))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a CSV in UTF-8 ({error}); export it as one") from error
    if len(rows) < 2:
        raise InputError(f"{path}: no rows below the header; a row per coded picture is needed")
    header = rows[0][1]
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise InputError(
                f"{path}:{line}: {len(cells)} cells under a header of {len(header)}; "
                f"quote cells that contain {separator!r}"
            )
        if odd := next(filter(CONTROL.search, cells), None):
            raise InputError(f"{path}:{line}: {odd!r} contains a line break or another control character; remove it")
    return header, rows[1:]


def find_columns(path, header):
    """The Columns. Those that name neither an AU nor a word of WORDS are named in a warning and not read."""
    found = name_columns(path, header, WORDS)
    columns, here = found.words, f"it has: {', '.join(header)}"
    if "subject" not in columns:
        raise InputError(f"{path}:1: no column `subject`; {here}")
    if ("image" in columns) == ("video" in columns):
        raise InputError(f"{path}:1: one of the columns `image` and `video` is needed; {here}")
    if ("video" in columns) != ("frame" in columns):
        raise InputError(f"{path}:1: `video` and `frame` go together, images need no `frame`; {here}")
    if not found.all_aus:
        raise InputError(f"{path}:1: no column of an AU such as AU1 or AU01; {here}")
    warn_of_ignored(path, found)
    return found


def name_columns(path, header, words):
    """The Columns of a header that may have these `words`."""
    found = Columns({}, {}, {}, [])
    for k, name in enumerate(header):
        match = AU.match(name)
        if match:
            columns, key = found.intensities if match[2] else found.aus, int(match[1])
        else:
            columns, key = found.words, name.lower()
        if key in columns:
            raise InputError(f"{path}:1: column {name!r} repeats {header[columns[key]]!r}; keep one of the two")
        if match or key in words:
            columns[key] = k
        else:
            found.ignored.append(name)
    return found


def warn_of_ignored(path, columns):
    """Name the columns that are not read in a warning, once nothing is wrong with the others."""
    if columns.ignored:
        names = ", ".join(map(repr, columns.ignored))
        warnings.warn(f"{path}:1: not read, as they name no AU: {names}", stacklevel=4)


def read_row(path, line, cells, columns, checked):
    """{"subject", "sequence", "file": Path, "frame": int (0 for an image)} of one row; `columns` {word: column}.

    checked  {cell: Path} of the files of rows before, to which this row's is added
    """

    def wrong(name, what):
        return InputError(f"{path}:{line}: {name} is {cells[columns[name]]!r}; {what}")

    kind = "video" if "video" in columns else "image"
    subject, name = cells[columns["subject"]], cells[columns[kind]]
    if not subject or FORBIDDEN.search(subject) or len(subject.encode()) > LONGEST:
        raise wrong(
            "subject",
            f'give a name that a file can have, of up to {LONGEST} bytes, without / \\ : * ? " < > | or a dot in front',
        )
    if name not in checked:
        file = path.parent / name
        try:
            check_file(file)
        except OSError:
            slash = ", separated by / and not by \\" if "\\" in name else ""
            raise wrong(kind, f"no such file ({file}); paths are relative to the CSV{slash}") from None
        checked[name] = file
    frame = cells[columns["frame"]] if kind == "video" else "0"
    if kind == "video" and not FRAME.fullmatch(frame):
        raise wrong("frame", "give a frame number from 1, the video's first frame")
    return {
        "subject": subject,
        "sequence": cells[columns["sequence"]] if "sequence" in columns else "",
        "file": checked[name],
        "frame": int(frame),
    }
