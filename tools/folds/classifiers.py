"""The classifiers of a fold: what each sees, how it is fitted, and what it makes of other frames (paper: Sec. IV).

qda      QDA on features of the net, the paper's
logit    the net's own output for the AU, where that is what QDA sees
pca_lda  LDA on principal components of the pixels that the net sees, a baseline
hog_lda  shrinkage LDA on principal components of HOG of the same crops, a stronger one
"""

import functools

import numpy as np

from tools.folds.baselines import MOST, hogs, pixels
from tools.folds.features import feature_blob, trained_net
from tools.net.loss import ignores_shift
from tools.net.roles import scores_blob
from tools.statistics.classify import HOG_COMPONENTS, classify, fit_lda, fit_shrunk_lda, pca
from tools.statistics.qda import RIDGE, fit_qda

QDA, LOGIT, PCA_LDA, HOG_LDA = "qda", "logit", "pca_lda", "hog_lda"


def qda_of(task, ridge=RIDGE):
    """The `fit` of tools.statistics.classify for the features of a trained FoldTask."""
    net = trained_net(task)
    return functools.partial(
        fit_qda, ridge=ridge, priors=task.priors, ignore_shift=ignores_shift(net, feature_blob(task, net))
    )


def scores_of(task, fitting, tested):
    """({classifier: score float64 [m, C]}, {classifier: {column: why it is NaN, or not as usual}}) of frames.

    fitting, tested  (subjects, their Frames, the features float32 [n, K] of these)
    """
    net, found = trained_net(task), {}
    names, training, own = fitting
    test_names, frames, feature = tested
    found[QDA] = classify(qda_of(task), own, training.label, feature)
    if feature_blob(task, net) == scores_blob(net):
        found[LOGIT] = feature[:, : len(task.aus)].astype(np.float64), {}
    found[PCA_LDA] = classify_on_components(fit_lda, training.label, *pixels(net, training, frames))
    train_hog, label = hogs(task, net, names, MOST)
    found[HOG_LDA] = classify_on_components(
        fit_shrunk_lda, label, train_hog, hogs(task, net, test_names)[0], HOG_COMPONENTS
    )
    return {name: score for name, (score, _) in found.items()}, {name: reasons for name, (_, reasons) in found.items()}


def classify_on_components(fit, label, train, test, *components):
    """`classify` on the principal components of `train` [n, K]."""
    train, test = pca(train, test, *components)
    return classify(fit, train, label, test)
