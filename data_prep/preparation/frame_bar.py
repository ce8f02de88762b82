"""A progress bar over the frames of many subjects, fed by the sizes of the files that workers append to."""

import threading

from tqdm import tqdm

POLL_SECONDS = 0.5


class FrameBar:
    """A context manager; call `done(name)` when a subject has ended.

    lengths     {name: frames to expect}
    files       {name: path of the file that grows with every frame}
    frame_size  bytes it grows by
    """

    def __init__(self, lengths, files, frame_size):
        self.lengths, self.files, self.frame_size = lengths, files, frame_size
        self.ended, self.stop = set(), threading.Event()
        self.bar = tqdm(total=sum(lengths.values()), desc="find faces", unit=" frames", disable=not lengths)
        self.thread = threading.Thread(target=self.poll, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        self.bar.close()

    def done(self, name):
        self.ended.add(name)

    def poll(self):
        while not self.stop.wait(POLL_SECONDS):
            self.show()
        self.show()

    def show(self):
        frames = sum(self.frames(name) for name in self.lengths)
        self.bar.update(max(frames - self.bar.n, 0))

    def frames(self, name):
        """Frames done of one subject, never more than expected."""
        if name in self.ended:
            return self.lengths[name]
        try:
            return min(self.files[name].stat().st_size // self.frame_size, self.lengths[name])
        except FileNotFoundError:  # not begun, or just ended
            return 0
