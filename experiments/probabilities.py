"""What the probabilities of a result are worth: their calibration, and how they agree with coded intensities."""

import numpy as np
from scipy.special import expit

from tools.report.tables import number
from tools.statistics.agreement import agreement
from tools.statistics.calibration import brier, calibration_error, reliability
from tools.statistics.metrics import mean

CALIBRATION_GROUPS = ["", "ECE", "ECE", "Brier", "Brier", "intensities", "intensities", "intensities"]


def calibration_entry(pooled, aus, name="qda"):
    """The entry "calibration" of a result, for the known frames of Pooled ones.

    per_au {AU: {"ece", "brier", and "ece_before", "brier_before" of what log-odds say}}, average the same as a mean
    over AUs with frames, pooled the same over the frames of all AUs; bins [[frames, mean probability, share of
    positives]] of these, and bins_before; uncalibrated {"AU 5, fold SN001": why not of its own frames}
    """
    probability, before = pooled.probability[name], expit(pooled.score[name])
    known = pooled.label >= 0
    per_au = {
        str(au): errors(pooled.label[rows, column], probability[rows, column], before[rows, column])
        for column, (au, rows) in enumerate(zip(aus, known.T))
    }
    values = (pooled.label[known], probability[known], before[known])
    defined = [found for found in per_au.values() if not np.isnan(found["ece"])]
    return {
        "per_au": per_au,
        "average": {key: mean([found[key] for found in defined]) for key in next(iter(per_au.values()))},
        "pooled": errors(*values),
        "bins": reliability(values[0], values[1]).tolist(),
        "bins_before": reliability(values[0], values[2]).tolist(),
        "uncalibrated": pooled.uncalibrated[name],
    }


def errors(label, probability, before):
    present = label == 1
    return {
        "ece": calibration_error(present, probability),
        "brier": brier(present, probability),
        "ece_before": calibration_error(present, before),
        "brier_before": brier(present, before),
    }


def intensity_entry(pooled, aus, name="qda"):
    """{AU: agreement of its intensities with its probability}; {} where no frame has an intensity above 1."""
    if not (pooled.intensity > 1).any():  # a dataset of presence
        return {}
    return {
        str(au): agreement(pooled.intensity[:, column], pooled.probability[name][:, column])
        for column, au in enumerate(aus)
    }


def calibration_rows(entry):
    """The table of a result's calibration, and of its agreement with intensities where there are any.

    CALIBRATION_GROUPS stand above its columns.
    """
    found, graded = entry["calibration"], entry.get("intensity", {})
    rows = [["AU", *("calibrated", "before") * 2, *(("ICC(3,1)", "Pearson", "graded frames") if graded else ())]]
    for name, values in [*found["per_au"].items(), ("Average", found["average"]), ("All frames", found["pooled"])]:
        cells = [number(values[key], 3) for key in ("ece", "ece_before", "brier", "brier_before")]
        if graded:
            own = graded.get(name, {})
            cells += [number(own.get("icc"), 3), number(own.get("pearson"), 3), str(own.get("frames", ""))]
        rows.append([name, *cells])
    return rows
