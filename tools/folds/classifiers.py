"""How the QDA of a fold is fitted; whoever fits it again fits it like this."""

import functools

from tools.folds.features import feature_blob, trained_net
from tools.net.loss import ignores_shift
from tools.statistics.qda import RIDGE, fit_qda


def qda_of(task, ridge=RIDGE):
    """The `fit` of tools.statistics.classify for the features of a trained FoldTask."""
    net = trained_net(task)
    return functools.partial(
        fit_qda, ridge=ridge, priors=task.priors, ignore_shift=ignores_shift(net, feature_blob(task, net))
    )
