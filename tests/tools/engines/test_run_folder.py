"""log.csv, written and read."""

import pytest

from tools.engines.run_folder import LOG, LogWriter, load_log, load_losses


def test_the_format_of_log_csv(tmp_path, monkeypatch):
    clock = iter([100.0, 101.256, 102.5])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    with LogWriter(tmp_path) as log:
        log.write(20, 3.25)
        log.write(40, 2.0000004, 1 / 3)
    expected = b"iteration,seconds,train_loss,val_loss\n20,1.2560,3.250000,\n40,2.5000,2.000000,0.333333\n"
    assert (tmp_path / LOG).read_bytes() == expected


def test_what_is_written_is_read_back(tmp_path):
    with LogWriter(tmp_path) as log:
        log.write(20, 3.25)
        log.write(40, 2, 0)
    rows = load_log(tmp_path)
    assert [(row.iteration, row.train_loss, row.val_loss) for row in rows] == [(20, 3.25, None), (40, 2, 0)]
    assert 0 <= rows[0].seconds <= rows[1].seconds < 60
    assert load_losses(tmp_path) == ([(20, 3.25), (40, 2.0)], [(40, 0.0)])


def test_a_row_can_be_read_as_soon_as_it_is_written(tmp_path):
    log = LogWriter(tmp_path)
    log.write(20, 3.25)
    assert [row.iteration for row in load_log(tmp_path)] == [20]
    log.close()


@pytest.mark.parametrize("text", ["", "iteration,sec", "iteration,seconds,train_loss,val_loss\n"])
def test_a_log_without_a_row_has_none(tmp_path, text):
    (tmp_path / LOG).write_text(text)
    assert load_log(tmp_path) == []


def test_a_last_row_that_is_cut_short_is_left_out(tmp_path):
    (tmp_path / LOG).write_text("iteration,seconds,train_loss,val_loss\n20,1.00,3.250000,\n40,2.00,2.5000")
    assert [row.iteration for row in load_log(tmp_path)] == [20]
