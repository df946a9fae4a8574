#include "pipe/timeline_assets.hpp"

namespace coffer {

const std::string_view timeline_script = R"js(
'use strict';
(() => {
  const run = JSON.parse(document.getElementById('run').textContent);
  const chart = document.querySelector('.chart');
  const add = (name) => {
    const element = document.createElement('div');
    element.className = name;
    element.hidden = true;
    chart.append(element);
    return element;
  };
  const cursor = add('cursor');
  const tip = add('tip');

  // Times are in microseconds.
  const time = (t) => t < 1e6 ? `${(t / 1e3).toFixed(t < 1e4 ? 1 : 0)} ms`
    : t < 6e7 ? `${(t / 1e6).toFixed(t < 1e7 ? 2 : 1)} s`
    : `${Math.floor(t / 6e7)} min ${Math.floor(t / 1e6) % 60} s`;
  const size = (bytes) => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
    let unit = 0;
    while (bytes >= 1024 && unit + 1 < units.length) { bytes /= 1024; ++unit; }
    return `${bytes.toFixed(unit && bytes < 100 ? 1 : 0)} ${units[unit]}`;
  };
  const moved = (what, total, bytes, span) => `${what} ${size(total)}, ${size(bytes * 1e6 / Math.max(span, 1))}/s`;
  const doing = ['waits for input', 'works', 'works, output flows', 'waits for the storage to take its output',
    'waits to try again'];

  // The sample that t falls into: its place, its length and what was moved before its end. No place outside of all.
  const find = (samples, start, t) => {
    const totals = samples.bytes.map(() => 0);
    for (let i = 0; i < samples.until.length; ++i) {
      samples.bytes.forEach((bytes, k) => { totals[k] += bytes[i]; });
      if (t <= samples.until[i] || i + 1 === samples.until.length) {
        return {at: t < start || t > samples.until[i] ? -1 : i, span: samples.until[i] - (i ? samples.until[i - 1] : start), totals};
      }
    }
    return {at: -1, span: 0, totals};
  };

  const told = (row, t) => {
    const lines = [];
    if (row.dataset.lane !== undefined) {
      const lane = run.lanes[row.dataset.lane];
      const {at, span, totals} = find(lane.samples, lane.start, t);
      lines.push(lane.name, at < 0 ? `at ${time(t)}: ${t < lane.start ? 'not started' : lane.end}` : `at ${time(t)}: ${doing[lane.does[at]]}`);
      if (at >= 0) {
        lines.push(moved('in', totals[0], lane.samples.bytes[0][at], span));
        lines.push(moved('out', totals[1], lane.samples.bytes[1][at], span));
      }
    } else {
      lines.push(`storage at ${time(t)}`);
    }
    const {at, span, totals} = find(run.storage, 0, t);
    if (at >= 0) {
      lines.push(moved('storage read', totals[0], run.storage.bytes[0][at], span));
      lines.push(moved('storage wrote', totals[1], run.storage.bytes[1][at], span));
    }
    return lines.join('\n');
  };

  const hide = () => { cursor.hidden = tip.hidden = true; };
  const show = (event) => {
    const row = event.target.closest('.row');
    const plot = row && row.querySelector('.plot');
    if (!plot || row.classList.contains('axis')) return hide();
    const box = plot.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    if (share < 0 || share > 1) return hide();
    tip.textContent = told(row, share * run.wall);
    cursor.hidden = tip.hidden = false;
    cursor.style.left = `${event.clientX - chart.getBoundingClientRect().left - chart.clientLeft}px`;
    const right = event.clientX + 16 + tip.offsetWidth <= innerWidth;
    tip.style.left = `${Math.max(4, right ? event.clientX + 16 : event.clientX - 16 - tip.offsetWidth)}px`;
    tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 4))}px`;
  };
  chart.addEventListener('pointermove', show);
  chart.addEventListener('pointerdown', show);
  chart.addEventListener('pointerleave', hide);
})();
)js";

}  // namespace coffer
