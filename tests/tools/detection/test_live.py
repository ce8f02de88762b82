"""The live view: what is shown, how the user ends it, and one clear error where there is nothing to show it on."""

import subprocess
import sys
import types

import cv2
import numpy as np
import pytest

from data_prep.system.code import ROOT
from data_prep.system.errors import InputError
from tools.detection.live import LiveView

PICTURE = np.zeros((480, 640, 3), np.uint8)
PICTURE[:, :, 2] = 200  # red


class Display:
    """Stands for tkinter's window, picture and label: keeps what it is told."""

    def __init__(self, *_, **__):
        self.bound, self.shown, self.destroyed, self.on_update = {}, [], 0, lambda: None

    def bind(self, key, function):
        self.bound[key] = function

    protocol = bind

    def configure(self, data, format):
        assert format == "PPM"
        self.shown.append(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))

    def update(self):
        self.on_update()

    def destroy(self):
        self.destroyed += 1

    def winfo_screenwidth(self):
        return 1000

    def winfo_screenheight(self):
        return 800

    def title(self, *_):
        pass

    resizable = pack = title


class TclError(Exception):
    """As tkinter's."""


@pytest.fixture
def fake(monkeypatch):
    module = types.SimpleNamespace(Tk=Display, PhotoImage=Display, Label=Display, TclError=TclError)
    monkeypatch.setitem(sys.modules, "tkinter", module)
    return module


def test_pictures_are_shown_in_their_colors_and_size(fake):
    with LiveView("camera 0") as view:
        assert view.show(PICTURE) and view.show(255 - PICTURE)
        assert (view.picture.shown[0] == PICTURE).all() and (view.picture.shown[1] == 255 - PICTURE).all()
        window = view.window
    assert window.destroyed == 1 and not view.show(PICTURE)


def test_a_picture_larger_than_the_screen_is_made_smaller(fake):
    view = LiveView("camera 0")
    view.show(np.zeros((2160, 3840, 3), np.uint8))
    assert view.picture.shown[0].shape[:2] == (506, 900)


@pytest.mark.parametrize("way", ["q", "Q", "<Escape>", "WM_DELETE_WINDOW"])
def test_the_user_ends_the_view_by_a_key_or_by_closing_the_window(fake, way):
    view = LiveView("camera 0")
    assert view.show(PICTURE)
    window = view.window
    window.on_update = window.bound[way]
    assert not view.show(PICTURE) and window.destroyed == 1
    assert not view.show(PICTURE) and len(view.picture.shown) == 2
    view.close()
    assert window.destroyed == 1


def test_a_window_that_is_gone_ends_the_view(fake):
    def gone():
        raise TclError("application has been destroyed")

    view = LiveView("camera 0")
    view.window.on_update = view.window.destroy = gone
    assert not view.show(PICTURE) and not view.is_open


def test_where_there_is_no_display_one_error_says_so(fake):
    def none():
        raise TclError("no display name and no $DISPLAY environment variable")

    fake.Tk = none
    with pytest.raises(InputError, match=r"no display .*\$DISPLAY.*ssh -X.*without --live"):
        LiveView("camera 0")


def test_where_there_is_no_tkinter_one_error_names_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "tkinter", None)
    with pytest.raises(InputError, match="apt-get install python3-tk"):
        LiveView("camera 0")


def test_without_a_display_for_real_the_error_is_the_same():
    """With the tkinter of this machine, or without one: no traceback of another kind, and a remedy."""
    code = (
        "from tools.detection.live import LiveView\nfrom data_prep.system.errors import InputError\n"
        "try:\n    LiveView('camera 0')\nexcept InputError as error:\n    print(error)"
    )
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "or run without --live" in done.stdout and done.stdout.count("\n") == 1
