"""The line that the index says of a run."""

from experiments.index import describe


def test_an_undefined_average_is_a_dash():
    average = {"two_afc": None, "accuracy": 91.25}
    assert (
        describe({"results": {"dev": {"title": "DISFA", "qda": {"average": average}}}})
        == "DISFA: 2AFC -, accuracy 91.2%"
    )


def test_a_shortened_run_is_called_one():
    metrics = {"results": {"SN001": {"best": {"validation_loss": 0.5}}}, "shortened": ["1 of 2 folds"]}
    assert describe(metrics) == "fold SN001: best validation loss 0.500; shortened run: 1 of 2 folds"
