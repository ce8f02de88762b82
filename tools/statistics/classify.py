"""One classifier per AU on features: QDA (paper: Sec. IV), and LDA for the baselines.

A frame whose label for an AU is unknown is left out of that AU's training.
"""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from data_prep.subjects.aus import UNKNOWN
from tools.statistics.qda import CannotFit

PCA_COMPONENTS = 60  # ours: the size of the baseline on pixels
HOG_COMPONENTS = 120  # ours: and of that on HOG
FEWEST = 2  # frames of a class


def fit_lda(feature, present):
    """(LDA on `feature` float [n, K] and `present` bool [n], remarks: none)."""
    return LinearDiscriminantAnalysis().fit(feature, present), []


def fit_shrunk_lda(feature, present):
    """The same with a covariance that is shrunk as far as its own uncertainty says (Ledoit and Wolf 2004)."""
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(feature, present), []


def fit_columns(fit, feature, label):
    """Train `fit` per column of `label` int8 [n, C] on `feature` [n, K].

    fit(feature, present) returns (model, [remark on it]). Returns ({column: model}, {column: why there is none, or the
    remarks}).
    """
    models, reasons = {}, {}
    for column, present in enumerate(label.T):
        known = present != UNKNOWN
        positives, negatives = int((present == 1).sum()), int((present == 0).sum())
        if min(positives, negatives) < FEWEST:
            reasons[column] = f"{positives} positive and {negatives} negative training frames"
            continue
        try:
            models[column], remarks = fit(feature[known], present[known] == 1)
        except CannotFit as error:
            remarks = [str(error)]
        if remarks:
            reasons[column] = "; ".join(remarks)
    return models, reasons


def classify(fit, train_feature, train_label, feature):
    """Train `fit` per column of `train_label` int8 [n, C] and score `feature` [m, K].

    Returns (score float64 [m, C], reasons {column: why it is NaN, or not what `fit` usually makes}). The score is the
    log-odds of presence, never a posterior, which saturates and makes ties; above 0 presence is more likely
    (metrics.is_present). A column that cannot be trained is NaN throughout.
    """
    models, reasons = fit_columns(fit, train_feature, train_label)
    score = np.full((len(feature), train_label.shape[1]), np.nan)
    for column, model in models.items():
        score[:, column] = model.decision_function(feature)
    return score, reasons


def pca(train, test, components=PCA_COMPONENTS):
    """Project `train` and `test` [n, K] on the leading principal components of `train`."""
    model = PCA(min(components, *train.shape), svd_solver="covariance_eigh").fit(train)
    return model.transform(train), model.transform(test)
