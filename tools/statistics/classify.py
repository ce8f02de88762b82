"""One classifier per AU on features: QDA (paper: Sec. IV), and the PCA + LDA baseline.

A frame whose label for an AU is unknown is left out of that AU's training.
"""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data_prep.subjects.aus import UNKNOWN

RIDGE = 1e-3  # ours: a share of the features' variance; `make ridge` prints what other values give
PRIORS = {"empirical": None, "equal": (0.5, 0.5)}  # ours: empirical; the paper does not say
PCA_COMPONENTS = 60  # ours: the baseline's size
FEWEST = 2  # frames of a class that have a covariance


def fit_qda(feature, present, ridge=RIDGE, priors="empirical"):
    """QDA on `feature` float [n, K] and `present` bool [n]; `priors` are "empirical" or "equal".

    The ridge turns each class covariance S into (1 - ridge) S + ridge v I, v the mean of S's diagonal. It is so small
    that it matters only where S is near singular, e.g. with fewer positives than features. Features are standardized
    first: without a ridge that changes nothing, and with it the ridge is the same for all of them.
    """
    qda = QuadraticDiscriminantAnalysis(priors=PRIORS[priors], solver="eigen", shrinkage=ridge)
    return make_pipeline(StandardScaler(), qda).fit(feature, present)


def fit_lda(feature, present):
    return LinearDiscriminantAnalysis().fit(feature, present)


def fit_columns(fit, feature, label):
    """Train `fit` per column of `label` int8 [n, C] on `feature` [n, K].

    Returns ({column: model}, {column: why there is none}).
    """
    models, reasons = {}, {}
    for column, present in enumerate(label.T):
        known = present != UNKNOWN
        positives, negatives = int((present == 1).sum()), int((present == 0).sum())
        if min(positives, negatives) < FEWEST:
            reasons[column] = f"{positives} positive and {negatives} negative training frames"
            continue
        try:
            models[column] = fit(feature[known], present[known] == 1)
        except np.linalg.LinAlgError as error:
            reasons[column] = f"singular covariance ({error})"
    return models, reasons


def classify(fit, train_feature, train_label, feature):
    """Train `fit` per column of `train_label` int8 [n, C] and score `feature` [m, K].

    Returns (score float64 [m, C], reasons {column: why}). The score is the log-odds of presence, never a posterior,
    which saturates and makes ties; above 0 presence is more likely (metrics.is_present). A column that cannot be
    trained is NaN throughout and has a reason.
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
