"""Where a dataset's subject files go in the folder of all data."""

from pathlib import Path

from data_prep.faces.stage import PAPER
from data_prep.subjects.subject_file import STORED_SIZE


def subjects_folder(data, key, size=STORED_SIZE, stage=PAPER):
    """The folder below `data` of the subject files of the dataset `key`, with crops of `size` by a FaceStage.

    Crops of another size, or of faces found or aligned in another way than the paper's, have a folder of their own.
    """
    words = [key]
    if size != STORED_SIZE:
        words.append(str(size))
    words += [word for word, paper in zip(stage[:2], PAPER) if word != paper]
    words += ["shapes"] if stage.shapes else []
    return Path(data) / "_".join(words)
