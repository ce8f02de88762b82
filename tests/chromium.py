"""A page in headless Chromium: what a reader would see, and what the browser complains about.

Chromium is spoken to through a pipe in the Chrome DevTools Protocol, so the page is opened as it is, on a desktop and
on a phone, and nothing but Chromium is needed.
"""

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no Chromium to open the page in: apt-get install chromium")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-pipe",
)
# --remote-debugging-pipe reads file 3 and writes file 4.
START = 'exec "$@" 3<&0 4>&1 0</dev/null 1>&2'
VIEWS = {
    "light": {"width": 1280, "height": 900, "mobile": False},
    "dark": {"width": 375, "height": 812, "mobile": True},
}
PROBE = """(async () => {
  document.querySelectorAll("details").forEach(element => element.open = true);
  await Promise.allSettled([...document.images].map(image => image.decode()));
  await new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)));
  const channels = color => color.match(/[0-9.]+/g).map(Number);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const luminance = color => channels(color).slice(0, 3).map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, channel) => sum + value * [0.2126, 0.7152, 0.0722][channel], 0);
  const contrast = element => {
    const [low, high] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const texts = [...document.body.querySelectorAll("*")].filter(element => element.checkVisibility()
    && [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()));
  return {
    title: document.title,
    images: [...document.images].map(image => ({src: image.src.slice(0, 40), alt: image.alt,
                                                width: image.naturalWidth, height: image.naturalHeight})),
    wide: document.documentElement.scrollWidth,
    background: behind(document.body),
    contrast: Math.min(...texts.map(contrast)),
  };
})()"""


def check_page(path):
    """Open an HTML file in light colors 1280 pixels wide, then in dark ones on a phone 375 pixels wide.

    Folded details are opened. Returns facts, a dict:
    title       str
    console     [str]  errors and warnings: of scripts, of what could not be loaded or was refused
    requests    [str]  addresses asked for besides the page itself and what it holds (data:)
    images      [{"src": its first 40 characters, "alt": str, "width", "height": natural pixels, 0 when not shown}]
    overflow    int    pixels by which the page is wider than the phone, 0 when nothing scrolls sideways
    background  {"light", "dark"}: CSS color of the page
    contrast    {"light", "dark"}: the lowest contrast ratio of text against the color behind it (WCAG 2, 1 to 21)
    """
    address = Path(path).resolve(strict=True).as_uri()
    with tab() as (call, events):
        seen = {}
        for scheme, size in VIEWS.items():
            call("Emulation.setDeviceMetricsOverride", deviceScaleFactor=1, **size)
            call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            seen[scheme] = opened(address, call, events)
    return {
        **{key: seen["dark"][key] for key in ("title", "images")},
        "console": list(dict.fromkeys(filter(None, map(complaint, events)))),
        "requests": list(dict.fromkeys(filter(None, (request(event, address) for event in events)))),
        "overflow": seen["dark"]["wide"] - VIEWS["dark"]["width"],
        **{key: {scheme: probe[key] for scheme, probe in seen.items()} for key in ("background", "contrast")},
    }


WIDTHS = {1920: 1080, 1200: 900, 390: 844}
HIDDEN = """(() => {
  const most = document.documentElement.clientWidth;
  return [document.documentElement.scrollWidth - most,
          ...[...document.querySelectorAll(".scroll")].filter(box => box.scrollWidth > box.clientWidth)
             .map(box => [box.ariaLabel, box.scrollWidth, most])];
})()"""


def check_widths(path):
    """Open an HTML file on screens of WIDTHS: {width: (pixels by which the page scrolls sideways, boxes)}.

    boxes  [[label, pixels that the table in it needs, pixels of the window]] of those that hide a part of their table
    """
    seen = {}
    with tab() as (call, events):
        for width, height in WIDTHS.items():
            call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
            opened(Path(path).resolve(strict=True).as_uri(), call, events)
            overflow, *boxes = call("Runtime.evaluate", expression=HIDDEN, returnByValue=True)["result"]["value"]
            seen[width] = overflow, boxes
    return seen


def opened(address, call, events):
    """Load the page and return what PROBE finds in it."""
    before = len(events)
    call("Page.navigate", url=address)
    while not any(event["method"] == "Page.loadEventFired" for event in events[before:]):
        call("Runtime.evaluate", expression="new Promise(resolve => setTimeout(resolve, 20))", awaitPromise=True)
    answer = call("Runtime.evaluate", expression=PROBE, awaitPromise=True, returnByValue=True)
    assert "exceptionDetails" not in answer, answer
    return answer["result"]["value"]


def complaint(event):
    """The line that a browser's console shows for an event, if it is an error or a warning."""
    kind, parameters = event["method"], event["params"]
    if kind == "Runtime.exceptionThrown":
        thrown = parameters["exceptionDetails"]
        return f"error: {thrown.get('exception', {}).get('description', thrown['text'])}"
    if kind == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
        words = (str(argument.get("value", argument.get("description"))) for argument in parameters["args"])
        return f"{parameters['type']}: {' '.join(words)}"
    if kind == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
        entry = parameters["entry"]
        return f"{entry['level']}: {entry['text']} {entry.get('url', '')[:300]}".strip()
    return None


def request(event, address):
    """The address that an event asks for, if it is neither the page nor data inside it."""
    if event["method"] == "Network.requestWillBeSent":
        url = event["params"]["request"]["url"]
        return None if url == address or url.startswith("data:") else url
    return None


@contextlib.contextmanager
def tab(seconds=60):
    """A fresh Chromium with one empty tab: yields call(method, **parameters) -> dict and the growing list of events.

    After `seconds` it is ended, and a call that still waits raises RuntimeError with what Chromium said last.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, open(f"{folder}/stderr", "w+") as stderr:
        browser = subprocess.Popen(
            ["sh", "-c", START, "sh", CHROMIUM, *OPTIONS, f"--user-data-dir={folder}/profile"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            env=dict(os.environ, TMPDIR=folder),
        )  # killed, it would leave its folders in /tmp
        alarm = threading.Timer(seconds, os.killpg, (browser.pid, signal.SIGKILL))
        alarm.start()
        try:
            yield attached(browser, Path(stderr.name))
        finally:
            alarm.cancel()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(browser.pid, signal.SIGKILL)
            browser.communicate()


def attached(browser, stderr):
    """(call, events) of a new tab of `browser`, with console, network and page events on."""
    numbers, events, buffer, session = itertools.count(1), [], bytearray(), {}

    def message():
        while b"\0" not in buffer:
            data = os.read(browser.stdout.fileno(), 1 << 16)
            if not data:
                raise RuntimeError(f"Chromium ended or hung: {stderr.read_text(errors='replace')[-2000:]}")
            buffer.extend(data)
        line, _, rest = bytes(buffer).partition(b"\0")
        buffer[:] = rest
        return json.loads(line)

    def call(method, **parameters):
        number = next(numbers)
        line = json.dumps({"id": number, "method": method, "params": parameters, **session})
        browser.stdin.write(line.encode() + b"\0")
        browser.stdin.flush()
        while (answer := message()).get("id") != number:
            events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    target = call("Target.createTarget", url="about:blank")["targetId"]
    session["sessionId"] = call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Network"):
        call(f"{domain}.enable")
    return call, events
