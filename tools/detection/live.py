"""A window that shows one picture after another, such as what a camera sees while it is being recorded.

It is drawn by tkinter, Python's own: the OpenCV that `make setup` installs (opencv-python-headless) has no windows.
"""

import contextlib

import cv2
import numpy as np

from data_prep.system.errors import InputError

SHARE = 0.9  # ours: of the screen that a window may fill, as bars and borders need the rest
END_KEYS = ("q", "Q", "<Escape>")


class LiveView:
    """A window with a title, until the user ends it with q or Esc or closes it.

        with LiveView("camera 0") as view:
            while view.show(picture):
                ...

    Raises InputError where there is no display, or no tkinter. Use it from one thread. Where an X server ends, so does
    the process, by Xlib: what must be kept is to be written before it is shown.
    """

    def __init__(self, title):
        try:
            import tkinter
        except ImportError as error:
            raise InputError(
                f"--live needs tkinter, a part of Python that is not there ({error}): apt-get install python3-tk, or "
                "run without --live and look at the --overlay"
            ) from None
        self.failed = tkinter.TclError
        try:
            self.window = tkinter.Tk()
        except tkinter.TclError as error:
            raise InputError(
                f"--live: there is no display to show the picture on ({error}); run it at the machine's own screen or "
                "by ssh -X, or run without --live and look at the --overlay"
            ) from None
        self.is_open, self.picture = True, tkinter.PhotoImage(master=self.window)
        self.window.title(title)
        self.window.resizable(False, False)
        self.window.protocol("WM_DELETE_WINDOW", self.end)
        for key in END_KEYS:
            self.window.bind(key, self.end)
        tkinter.Label(self.window, image=self.picture, borderwidth=0).pack()
        self.screen = self.window.winfo_screenwidth(), self.window.winfo_screenheight()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def show(self, image):
        """Show uint8 [H, W, 3] BGR, smaller if the screen is. Returns False once the user has ended the view."""
        if not self.is_open:
            return False
        try:
            self.picture.configure(data=ppm(within(image, self.screen)), format="PPM")
            self.window.update()
        except self.failed:  # the display is gone, and the window with it
            self.end()
        if not self.is_open:
            self.close()
        return self.is_open

    def end(self, _event=None):
        self.is_open = False

    def close(self):
        """Close the window; more than once does no harm."""
        self.is_open = False
        if self.window is not None:
            window, self.window = self.window, None
            with contextlib.suppress(self.failed):  # it may be gone already
                window.destroy()


def within(image, screen):
    """`image` in a size that a screen of (width, height) has room for."""
    scale = min(SHARE * side / own for side, own in zip(screen, image.shape[1::-1]))
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image


def ppm(image):
    """uint8 [H, W, 3] BGR as the bytes of a PPM file, which tkinter reads fastest."""
    height, width = image.shape[:2]
    return b"P6 %d %d 255\n" % (width, height) + np.ascontiguousarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).tobytes()
