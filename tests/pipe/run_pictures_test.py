"""The page that draws a run, in a browser that draws it; and the trace of the same runs.

All pages are looked at in one start of the browser, each in frames of its own: light and dark, wide and narrow.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ECHO = os.environ["COFFER_RUN_PICTURES_ECHO"]
BROWSER = ["chromium-headless-shell", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
           "--disable-breakpad", "--window-size=1500,900", "--virtual-time-budget=60000"]
RUNS = ["one", "eight", "sixty", "short", "long", "failed", "nothing"]
SCHEMES = ["light", "dark"]
WIDTHS = [1400, 760, 420, 360]

# Every page in a frame; what is wrong with it, and what it looks like, is left as JSON in the document.
HARNESS = """<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><body><script>
const pages = %s;
const box = (element) => element.getBoundingClientRect();
const words = (element) => `${element.className || element.tagName} “${element.textContent.slice(0, 40)}”`;
const apart = (list, wrong) => {
  for (let i = 0; i < list.length; ++i) for (let k = i + 1; k < list.length; ++k) {
    const a = box(list[i]), b = box(list[k]);
    const over = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
    if (over) wrong.push(`${words(list[i])} lies on ${words(list[k])}`);
  }
};
const light_of = (color) => {
  const parts = color.match(/[0-9.]+/g).slice(0, 3).map((part) => part / 255);
  const linear = parts.map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const contrast = (a, b) => {
  const [high, low] = [light_of(a), light_of(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};
const look = (frame) => {
  const view = frame.contentWindow, page = frame.contentDocument, wrong = [];
  const all = (query) => [...page.querySelectorAll(query)];
  const paper = view.getComputedStyle(page.body).backgroundColor;
  if (page.documentElement.scrollWidth > view.innerWidth) wrong.push(`${page.documentElement.scrollWidth} wide`);
  for (const folded of all('details')) folded.open = true;
  // All of it is in view: what sticks to an edge of the window lies on nothing.
  frame.style.height = `${page.documentElement.scrollHeight}px`;
  apart(all('header, dl, .failure, h2:not(.failure h2), summary, ol, .legend, .chart'), wrong);
  apart(all('.row'), wrong);
  apart(all('dl > div'), wrong);
  apart(all('.legend li'), wrong);
  apart(all('ol li'), wrong);
  apart(all('.axis span'), wrong);
  for (const row of all('.row')) apart([...row.children].filter((cell) => box(cell).width > 0), wrong);
  for (const text of all('h1, .outcome, dt, dd, h2, summary, li, .axis span, .figures')) {
    if (text.scrollWidth > text.clientWidth + 1 && text.clientWidth > 0) wrong.push(`${words(text)} is cut off`);
    const place = box(text);
    if (place.left < -0.5 || place.right > view.innerWidth + 0.5) wrong.push(`${words(text)} is outside`);
    if (contrast(view.getComputedStyle(text).color, paper) < 4.5) wrong.push(`${words(text)} is hard to read`);
  }
  for (const row of all('.storage')) if (box(row).height > 47) wrong.push(`${words(row)} is ${box(row).height} high`);
  for (const text of all('.lane .name, .storage .name')) if (text.title !== text.textContent) wrong.push(`${words(text)} does not say its name`);
  for (const mark of all('.axis span')) if (box(mark).right > box(mark.parentElement).right) wrong.push(`${words(mark)} leaves the axis`);
  for (const path of all('path')) {
    const drawn = path.getBBox(), given = path.ownerSVGElement.viewBox.baseVal;
    if (drawn.x < 0 || drawn.y < 0 || drawn.x + drawn.width > given.width || drawn.y + drawn.height > given.height) wrong.push('a path leaves its drawing');
    if (contrast(view.getComputedStyle(path).fill, paper) < 1.25) wrong.push(`a path of ${path.className.baseVal} cannot be seen`);
  }
  for (const mark of all('.plot .critical')) {
    const place = box(mark), plot = box(mark.parentElement);
    if (place.left < plot.left - 0.5 || place.right > plot.right + 2.5 || place.bottom > plot.bottom) wrong.push('a mark leaves its lane');
  }
  const hover = {};
  for (const plot of all('.lane .plot, .storage .plot')) {
    const place = box(plot);
    plot.dispatchEvent(new view.PointerEvent('pointermove', {bubbles: true, clientX: place.left + place.width / 2, clientY: place.top + 5}));
    const tip = page.querySelector('.tip');
    const shown = box(tip);
    if (tip.hidden || shown.left < 0 || shown.right > view.innerWidth + 0.5) wrong.push(`the tip of ${words(plot.parentElement)} is outside`);
    hover[plot.previousSibling.textContent] = tip.textContent;
    if (!plot.querySelector('title').textContent) wrong.push('a drawing without a title');
  }
  page.querySelector('.chart').dispatchEvent(new view.PointerEvent('pointerleave'));
  if (!page.querySelector('.tip').hidden) wrong.push('the tip stays');
  return {wrong, hover, paper, scripts: all('script').length, images: all('img').length,
          text: page.body.innerText, lanes: all('.lane').length, critical: all('.plot .critical').length,
          failed: all('.lane.failed .name').map((name) => name.textContent)};
};
const results = {};
let left = pages.length;
for (const page of pages) {
  const frame = document.createElement('iframe');
  frame.style.cssText = `color-scheme: ${page.scheme}; width: ${page.width}px; height: 800px; border: 0; display: block`;
  frame.onload = () => {
    try { results[page.name] = look(frame); } catch (error) { results[page.name] = {wrong: [String(error.stack)]}; }
    if (--left === 0) {
      const found = document.createElement('pre');
      found.id = 'found';
      found.textContent = btoa(unescape(encodeURIComponent(JSON.stringify({results, hit: window.hit === true}))));
      for (const old of document.querySelectorAll('iframe')) old.remove();
      document.querySelector('script').remove();
      document.body.append(found);
    }
  };
  frame.srcdoc = page.html;
  document.body.append(frame);
}
</script>"""


def look_at(folder, pages):
    """What the browser found, by page."""
    harness = folder / "harness.html"
    as_script = json.dumps(pages).replace("<", "\\u003c")
    harness.write_text(HARNESS % as_script, encoding="utf-8")
    # A profile of its own: browsers that run beside it do not know of it.
    done = subprocess.run([*BROWSER, f"--user-data-dir={folder / 'profile'}", "--dump-dom", harness.as_uri()],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=300, check=False)
    found = re.search(rb'<pre id="found">([^<]*)</pre>', done.stdout)
    if not found:
        raise AssertionError(f"the browser found nothing: {done.stderr.decode(errors='replace')[-2000:]}")
    return json.loads(base64.b64decode(found[1]))


class TimelinePage(unittest.TestCase):
    maxDiff = None
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="coffer-timeline-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        subprocess.run([ECHO, str(cls.folder)], check=True, timeout=300)
        cls.html = {run: (cls.folder / f"{run}.html").read_text(encoding="utf-8") for run in RUNS}
        pages = [{"name": f"{run} {scheme} {width}", "scheme": scheme, "width": width, "html": cls.html[run]}
                 for run in RUNS for scheme in SCHEMES for width in WIDTHS]
        found = look_at(cls.folder, pages)
        cls.pages, cls.hit = found["results"], found["hit"]

    def test_nothing_overlaps_overflows_or_cannot_be_read(self):
        self.assertEqual(len(self.pages), len(RUNS) * len(SCHEMES) * len(WIDTHS))
        self.assertEqual({name: page["wrong"] for name, page in self.pages.items() if page["wrong"]}, {})

    def test_light_and_dark_are_two_pictures(self):
        self.assertNotEqual(self.pages["one light 1400"]["paper"], self.pages["one dark 1400"]["paper"])

    def test_each_pipe_has_a_lane_and_says_bytes_and_rate_under_the_pointer(self):
        for run, pipes in (("one", 1), ("eight", 8), ("sixty", 60)):
            page = self.pages[f"{run} light 1400"]
            self.assertEqual(page["lanes"], pipes + 1)
            self.assertGreater(page["critical"], 0)
            self.assertRegex(page["text"], r"Storage time hidden behind work\s+93 % of 15 s")
            for text in page["hover"].values():
                self.assertRegex(text, r"at \d")
                self.assertRegex(text, r"storage read [\d.]+ \w+, [\d.]+ \w+/s")
        under = self.pages["eight light 1400"]["hover"]["pipe-4"]
        self.assertRegex(under, r"^pipe-4\nat [\d.]+ s: .*\nin [\d.]+ MiB, [\d.]+ MiB/s\nout [\d.]+ \w+, [\d.]+ \w+/s\n")

    def test_a_pause_before_another_attempt_has_a_colour_and_words_of_its_own(self):
        page = self.pages["short light 1400"]
        self.assertIn("waits to try again", page["text"])
        self.assertNotIn("waits to try again", self.pages["eight light 1400"]["text"])
        self.assertRegex(page["hover"]["pipe-2"], r"^pipe-2\nat \d+ ms: waits to try again\n")

    def test_words_from_outside_are_words(self):
        page = self.pages["failed light 1400"]
        self.assertFalse(self.hit)
        self.assertEqual((page["scripts"], page["images"]), (2, 0))
        self.assertIn("<img src=x onerror='parent.hit = true'>\"'&", page["text"])
        self.assertIn("\u241b]0;title\u2407 \ufffd\ufffd xxx", page["text"])

    def test_a_failed_run_shows_which_pipe_failed_and_why(self):
        page = self.pages["failed light 1400"]
        self.assertEqual(len(page["failed"]), 1)
        self.assertIn("Failed after 20 s: the pipe </title></script><script>", page["text"])
        self.assertIn("frame 99 is broken", page["text"])
        self.assertIn("never started", page["text"])

    def test_the_page_loads_nothing(self):
        for html in self.html.values():
            self.assertIn("default-src 'none'", html)
            self.assertIsNone(re.search(r"https?://|url\(|@import|<link|<(?:script|svg)[^>]* (?:src|href)=", html))


PHASES = {"X": {"name", "ph", "pid", "tid", "ts", "dur"}, "C": {"name", "ph", "pid", "tid", "ts", "args"},
          "M": {"name", "ph", "pid", "tid", "args"}, "i": {"name", "ph", "pid", "tid", "ts", "s", "args"}}


class Trace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="coffer-trace-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        subprocess.run([ECHO, str(cls.folder)], check=True, timeout=300)
        cls.events = {run: json.loads((cls.folder / f"{run}.json").read_text(encoding="utf-8"))["traceEvents"] for run in RUNS}

    def test_every_event_has_what_its_phase_needs(self):
        for events in self.events.values():
            for event in events:
                self.assertEqual(PHASES[event["ph"]] - event.keys(), set(), event)
                self.assertGreaterEqual(event.get("ts", 0), 0)
                self.assertGreaterEqual(event.get("dur", 0), 0)
                if event["ph"] == "C":
                    self.assertTrue(all(isinstance(value, int) for value in event["args"].values()), event)

    def test_slices_of_a_thread_lie_in_each_other_or_apart(self):
        for events in self.events.values():
            threads = {}
            for event in events:
                if event["ph"] == "X":
                    begin = round(event["ts"] * 1000)
                    threads.setdefault((event["pid"], event["tid"]), []).append((begin, begin + round(event["dur"] * 1000)))
            for slices in threads.values():
                open_until = []
                for begin, end in sorted(slices, key=lambda one: (one[0], -one[1])):
                    while open_until and open_until[-1] <= begin:
                        open_until.pop()
                    if open_until:
                        self.assertLessEqual(end, open_until[-1])
                    open_until.append(end)

    def test_every_lane_is_a_named_thread_with_counters(self):
        events = self.events["sixty"]
        names = [event["args"]["name"] for event in events if event["name"] == "thread_name"]
        self.assertEqual(len(set(names)), 61)
        counters = {event["name"] for event in events if event["ph"] == "C"}
        self.assertEqual(counters, {f"{name} bytes" for name in names} | {"storage bytes"})
        last = [event for event in events if event["name"] == "storage bytes"][-1]["args"]
        self.assertEqual(last, {"read": 8_000_000_000, "written": 4_350_000_000})

    def test_words_from_outside_come_through(self):
        events = self.events["failed"]
        error = [event["args"]["error"] for event in events if "frame 99" in event.get("args", {}).get("error", "")]
        self.assertEqual(len(error), 1)
        self.assertIn("</script><script>parent.hit = true</script>", error[0])
        self.assertIn("\x1b]0;title\x07 \ufffd\ufffd", error[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
