"""The datasets of an experiment: real where their folders are given, else synthetic faces in their layouts."""

import os
import warnings
from pathlib import Path
from typing import NamedTuple

from data_prep.datasets.coverage import coverage, coverage_of, uncoded_note
from data_prep.datasets.dataset import Dataset
from data_prep.datasets.table import DATASETS, dataset_of
from data_prep.faces.stage import face_stage
from data_prep.preparation.dataset import prepare_dataset
from data_prep.preparation.face_report import detection
from data_prep.preparation.folders import subjects_folder
from data_prep.readers.delivery import listed
from data_prep.readers.recording import files
from data_prep.subjects.aus import UNKNOWN
from data_prep.subjects.provenance import is_synthetic, load_provenance
from data_prep.subjects.subject_file import load_labels, subject_path
from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError

SYNTHETIC_FOLDER = "synthetic"  # folder of synthetic trees and their subject files, in that of all data


class Prepared(NamedTuple):
    """A dataset whose subject files are there.

    dataset    its entry; of a file, with a title and key of its own (Dataset.at) and the AUs that can be learned of it
    name       what the data may be called, e.g. that they are synthetic
    subjects   {subject: (path of its file, sha256 of the file)} of those with a coded frame
    detection  how often a face was found, and in how many of the coded frames none was
    facts      {heading: text} on what was found
    notes      sentences on what is left out
    """

    dataset: Dataset
    name: str
    subjects: dict
    detection: dict
    facts: dict = {}
    notes: tuple = ()

    @property
    def key(self):
        return self.dataset.key

    @property
    def synthetic(self):
        return is_synthetic(self.name)


class Delivered(NamedTuple):
    """A dataset that has been read, but no picture of it.

    dataset     its entry, as in Prepared, with the AUs that can be learned if a face is found in every frame
    root        where it lies
    recordings  its Recordings
    data        the folder in which its folder of subject files is
    facts       as in Prepared
    notes       sentences on what is left out; None if the AUs are those of the entry
    """

    dataset: Dataset
    root: Path
    recordings: list
    data: Path
    facts: dict
    notes: list | None

    def expected(self):
        """The Prepared that it will be if a face is found in every frame; its subject files are not there."""
        names = sorted({each.subject for each in self.recordings if (each.label != UNKNOWN).any()})
        return Prepared(self.dataset, self.dataset.title, dict.fromkeys(names, ("", "")), {})


def prepared(names, settings, plan=None):
    """{name: Prepared} of the datasets `names`: keys of DATASETS, or paths of files.

    Those of DATASETS are real if the folders of all of them are given, synthetic if of none. What `plan` raises, called
    with {name: Prepared} as it is expected to be, ends the run before hours of searching faces.
    """
    roots = roots_of(names, settings)
    missing = [name for name, root in roots.items() if not root]
    if missing and len(missing) < len(roots):
        raise InputError(
            f"the folder of {' and of '.join(DATASETS[name].title or name for name in missing)} is needed too; give "
            f"{', '.join(f'{name.upper()}=' for name in missing)} as well, or no folder at all, for synthetic faces"
        )
    delivered = {name: read(name, root, settings) for name, root in roots.items()}
    for name, title in titles(names, settings).items():
        delivered[name] = delivered[name]._replace(dataset=delivered[name].dataset._replace(title=title))
    check_apart(delivered.values())
    if plan:
        plan({name: each.expected() for name, each in delivered.items()})
    return {name: prepare(each, settings) for name, each in delivered.items()}


def roots_of(names, settings):
    """{name: where the dataset lies} by the command's settings, None where they do not say."""
    return {name: getattr(settings, name) if name in DATASETS else name for name in names}


def titles(names, settings):
    """{name: title} of datasets; those of files of the same name have their folders' names in front."""
    entries = {name: (dataset_of(name), root) for name, root in roots_of(names, settings).items()}
    found = {name: entry.title_at(root or entry.drawn) for name, (entry, root) in entries.items()}
    same = {name for name, title in found.items() if list(found.values()).count(title) > 1}
    return found | {name: f"{Path(entries[name][1]).resolve().parent.name}/{found[name]}" for name in same}


def check_apart(delivered):
    """Raise InputError if one picture or video is in two datasets: it could train a net and test it."""
    owner = {}
    for each in delivered:
        for path in (os.path.abspath(path) for recording in each.recordings for path in files(recording)):
            if owner.setdefault(path, each.root) != each.root:
                raise InputError(
                    f"{path}: in {owner[path]} and in {each.root}; what a net has learned from is no test of it, so "
                    "leave it out of one of the two"
                )


def data_folder(settings):
    """The folder of --data: <key>/ has a real dataset's subject files, synthetic/ the drawn trees and their files."""
    return Path(settings.data) if settings.data else Path(settings.out) / "data"


def read(name, root, settings):
    """The Delivered dataset `name` at `root`, or of synthetic faces where `root` is None."""
    entry, data, notes = dataset_of(name), data_folder(settings), None
    if root is None:
        data /= SYNTHETIC_FOLDER
        root = draw(entry, data, settings)
    options = entry.chosen_options(settings)
    recordings = entry.read(root, **options)
    facts = {heading: " ".join(text.split()) for heading, text in entry.facts_at(root, recordings, options).items()}
    dataset = entry.at(root)
    if not dataset.aus:
        covered = coverage_of(recordings)
        dataset, notes = dataset._replace(aus=learnable(root, covered)), covered.notes
        warn(root, notes)
    return Delivered(dataset, root, recordings, data, facts, notes)


def draw(dataset, data, settings):
    """Draw synthetic faces in a Dataset's layout below the folder `data`; returns what the dataset reads of them."""
    if dataset.draw is None:
        raise InputError(f"the folder of {dataset.title} is needed; there are no synthetic faces in its layout")
    tree = data / (dataset.title or dataset.key)
    dataset.draw(tree, seed=settings.seed, jobs=settings.jobs)
    return tree / dataset.drawn


def learnable(root, covered):
    """The AUs of a Coverage. Raises InputError if there are none."""
    if not covered.aus:
        raise InputError(
            f"{root}: no AU is present in some coded frames and absent in others, so there is nothing to learn; "
            f"{', '.join(f'AU {au} is {why}' for au, why in covered.left_out.items())}"
        )
    return covered.aus


def prepare(delivered, settings):
    """The Prepared dataset of a Delivered one, of which subjects without a coded frame are left out."""
    dataset, root, recordings = delivered.dataset, delivered.root, delivered.recordings
    stage = face_stage(settings.detector, settings.align)
    out = subjects_folder(delivered.data, dataset.key, settings.size, stage)
    names = prepare_dataset(dataset.title, root, recordings, out, settings.size, settings.jobs, stage=stage)
    labels = {name: load_labels(subject_path(out, name))[0] for name in names}
    dataset, subjects, notes = usable(delivered, labels)
    if faceless := sorted({recording.subject for recording in recordings} - set(names)):
        notes.insert(0, f"left out, as no face was found in any of their frames: {listed(faceless)}")
    paths = {name: subject_path(out, name) for name in subjects}
    return Prepared(
        dataset,
        load_provenance(out),
        {name: (str(path), file_digest(path)) for name, path in paths.items()},
        detection(out, names) | coded_frames(recordings, labels.values()),
        delivered.facts,
        tuple(notes),
    )


def usable(delivered, labels):
    """(Dataset, names of the subjects to use, notes) by `labels` {subject: int8 [n, C]} of the frames with a face."""
    if delivered.notes is None:
        subjects = [name for name, label in labels.items() if (label != UNKNOWN).any()]
        notes = uncoded_note(sorted(set(labels) - set(subjects)))
        warn(delivered.root, notes)
        return delivered.dataset, subjects, notes
    covered = coverage(delivered.recordings[0].au, labels, {name: len(label) for name, label in labels.items()})
    warn(delivered.root, [note for note in covered.notes if note not in delivered.notes])
    return delivered.dataset._replace(aus=learnable(delivered.root, covered)), covered.subjects, covered.notes


def coded_frames(recordings, labels):
    """{"coded": coded frames of `recordings`, "coded_missed": those that are not in the `labels` of subject files}."""
    coded = sum(int((recording.label != UNKNOWN).any(axis=1).sum()) for recording in recordings)
    return {"coded": coded, "coded_missed": coded - sum(int((label != UNKNOWN).any(axis=1).sum()) for label in labels)}


def warn(root, notes):
    for note in notes:
        warnings.warn(f"{root}: {note}", stacklevel=3)
