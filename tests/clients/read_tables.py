"""Read the tables of tests/clients/make_tables.py as Py-Feat and OpenFace's users do. Runs in Py-Feat's environment.

  FOLDER/env/bin/python tests/clients/read_tables.py FOLDER

Prints what came out, and ends with "all read" if that is what was written.
"""

import sys
from pathlib import Path

import feat
import numpy as np
import pandas as pd
from feat.utils.io import read_feat, read_openface


def show(title, value):
    print(f"---- {title}\n{value}")


def pyfeat(path):
    """Py-Feat's own table of a video without landmarks."""
    fex = read_feat(str(path))
    show("Py-Feat: Fex of talk.csv", f"{type(fex)} {fex.shape}, written by {fex.detector}")
    show("aus", fex.aus)
    show("faceboxes", fex.faceboxes)
    show("poses", fex.poses.dtypes)
    show("identities", fex.identities.value_counts(dropna=False))
    assert list(fex.aus) == ["AU01", "AU12"] and all(pd.api.types.is_float_dtype(kind) for kind in fex.aus.dtypes)
    assert list(fex.index[fex.aus.isna().all(axis=1)]) == list(fex.index[fex.FaceScore.isna()]) == [4, 5, 6]
    assert list(fex.frame) == list(range(12)) and fex.time.shape == (12, 1) and fex.poses.isna().all(axis=None)
    assert set(fex.approx_time) == {"00:00"} and fex.inputs.str.endswith("talk.avi").all()
    assert fex.identities.dropna().unique() == ["Person_0"]
    fex.sessions = fex.identities.fillna("none")
    show("extract_mean over sessions", fex[["AU01", "AU12"]].groupby(fex.sessions).mean())
    mean = feat.Fex(fex.aus, au_columns=fex.au_columns, sampling_freq=25).extract_mean()
    assert np.isclose(mean.mean_AU12.iloc[0], fex.AU12.dropna().mean())  # nothing of the frames without a face


def pyfeat_landmarks(path):
    """Py-Feat's own table of two faces with landmarks and pose."""
    fex = read_feat(str(path))
    show("Py-Feat: Fex of landmarks.csv", f"{type(fex)} {fex.shape}, written by {fex.detector}")
    show("poses", fex.poses)
    show("landmarks", fex.landmarks.iloc[:3])
    x, y = fex.landmarks_dlib68_xy()
    found = fex.FaceScore.notna().to_numpy()
    assert (
        (x[found] == np.arange(68) + 10).all() and (y[found] == np.arange(68) + 20).all() and np.isnan(x[~found]).all()
    )
    assert fex.emotions.shape[1] == 0 and fex.landmarks_x.shape == (9, 68)
    assert np.allclose(fex.poses.loc[fex.frame == 1, ["Pitch", "Roll", "Yaw"]], np.radians([10, 30, 20]), atol=1e-4)
    assert list(fex.identities.unique()[:2]) == ["Person_0", "Person_1"]
    figures = fex.query("frame == 1").plot_detections(poses=True, emotion_barplot=False, plot_original_image=False)
    show("plot_detections", figures)


def pandas_openface(path):
    """What OpenFace's users do with its tables."""
    table = pd.read_csv(path)
    show("pandas: dtypes of OpenFace's talk.csv", table.dtypes)
    show("all rows", table.drop(columns="model").to_string())
    assert table.notna().all(axis=None)
    assert all(pd.api.types.is_numeric_dtype(kind) for kind in table.drop(columns="model").dtypes)
    assert all(pd.api.types.is_integer_dtype(table[name]) for name in ("frame", "face_id", "success"))
    table = table.set_index("frame")
    classes = [name for name in table if name.startswith("AU") and name.endswith("_c")]
    table = table.astype({"success": int, **dict.fromkeys(classes, int)})
    sure = table[(table.confidence > 0.8) & (table.success == 1)]
    assert list(table.index[table.success == 0]) == [5, 6, 7] and set(sure[classes].to_numpy().ravel()) <= {0, 1}
    assert (table.loc[table.success == 0].drop(columns=["timestamp", "model"]) == 0).all(axis=None)
    show("share of frames with each AU", sure.groupby("face_id")[classes].mean())


def pyfeat_openface(path):
    """OpenFace's table through Py-Feat's reader, with the columns that there are."""
    fex = read_openface(str(path))
    fex.au_columns = [name for name in fex if name.startswith("AU") and name.endswith("_c")]
    fex.facepose_columns = ["pose_Rx", "pose_Ry", "pose_Rz"]
    show("Py-Feat: Fex of OpenFace's landmarks.csv", f"{type(fex)} {fex.shape}, written by {fex.detector}")
    show("aus", fex.aus)
    show("poses", fex.poses)
    show("landmarks", fex.landmarks.iloc[:3])
    assert fex.time.shape == (9, 2) and list(fex.aus) == ["AU01_c", "AU12_c"]
    assert (fex.landmarks[fex.success == 1].to_numpy()[:, :68] == np.arange(68) + 10).all()
    assert np.allclose(fex.poses[fex.frame == 2], np.radians([-10, 20, -30]), atol=1e-3)
    sure = fex[(fex.confidence > 0.8) & (fex.success == 1)]
    assert list(sure.face_id.unique()) == [0]
    chosen = read_openface(str(path), features=["frame", "timestamp", "confidence", "success", "AU12_c"])
    assert list(chosen) == ["frame", "timestamp", "confidence", "success", "AU12_c", "input"]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    print(f"Py-Feat {feat.__version__}, pandas {pd.__version__}")
    pyfeat(folder / "pyfeat/talk.csv")
    pyfeat_landmarks(folder / "pyfeat/landmarks.csv")
    pandas_openface(folder / "openface/talk.csv")
    pyfeat_openface(folder / "openface/landmarks.csv")
    print("all read")
