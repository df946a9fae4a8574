#include "pipe/timeline_assets.hpp"

namespace coffer {

const std::string_view timeline_style = R"css(
:root {
  color-scheme: light dark;
  --page: #fff; --panel: #f6f7f9; --ink: #1b2027; --soft: #5b6573; --rule: #e3e6ea; --grid: #e9ecf0;
  --waits: #d5dae1; --works: #a9c6f5; --gives: #2f6fdb; --stores: #efaa33; --retries: #d99a94; --flows: #76808f;
  --critical: #cc2a6b; --failed: #c22f2f; --reads: #23884a; --writes: #7a4fd6; --shadow: rgb(20 30 50 / 22%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --panel: #1b1f26; --ink: #e7eaee; --soft: #9aa5b3; --rule: #2c323b; --grid: #242a32;
    --waits: #3a424d; --works: #35578f; --gives: #6ea6ff; --stores: #eeb54e; --retries: #8f4f4b; --flows: #8d98a8;
    --critical: #ff6fa5; --failed: #ff8078; --reads: #55c37c; --writes: #ac8cf5; --shadow: rgb(0 0 0 / 60%);
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.25rem 1.5rem 1.5rem; max-width: 110rem; background: var(--page); color: var(--ink);
  font: 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
h1 { margin: 0; font-size: 1.35rem; overflow-wrap: anywhere; }
h2, summary { margin: 0 0 .35rem; font-size: .95rem; font-weight: 600; overflow-wrap: anywhere; }
summary { margin-bottom: 1rem; cursor: pointer; }
summary small { color: var(--soft); font-weight: 400; }
.outcome { margin: .1rem 0 .9rem; color: var(--soft); }
.failed .outcome { color: var(--failed); }
bdi { unicode-bidi: isolate; }
dl { display: flex; flex-wrap: wrap; gap: .6rem 2rem; margin: 0 0 1rem; }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; font-size: 1.1rem; font-variant-numeric: tabular-nums; }
dd small { color: var(--soft); font-size: .8rem; }
.failure { margin: 0 0 1rem; padding: .6rem .8rem; background: var(--panel); border-left: 4px solid var(--failed); }
.failure h2 { color: var(--failed); }
pre { margin: 0; max-height: 24rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere;
      font: 12px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
ol { display: flex; flex-wrap: wrap; gap: .2rem .35rem; margin: 0 0 1rem; padding: 0; list-style: none; }
ol li { max-width: 100%; overflow-wrap: anywhere; }
ol li + li::before { content: "→ "; color: var(--critical); }
ol small { color: var(--soft); font-variant-numeric: tabular-nums; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.3rem; margin: 0 0 .5rem; padding: 0; list-style: none;
          color: var(--soft); font-size: .85rem; }
.legend i { display: inline-block; width: 1.1rem; height: .7rem; margin-right: .4rem; }
.legend .critical { height: 3px; vertical-align: middle; }
.chart { position: relative; border: 1px solid var(--rule); }
.row { display: grid; grid-template-columns: minmax(7rem, 15rem) minmax(0, 1fr) 11.5rem; background: var(--page); }
.row > * { min-width: 0; }
.lane:hover, .storage:hover { background: var(--panel); }
.name, .figures { padding: 0 .6rem; line-height: 28px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.name { border-right: 1px solid var(--rule); }
.figures { border-left: 1px solid var(--rule); color: var(--soft); font-size: .85rem; font-variant-numeric: tabular-nums;
           text-align: right; }
.ingest .name::before { content: "⇣ "; color: var(--soft); }
.on-path .name { font-weight: 600; }
.failed .name, .failed .figures { color: var(--failed); }
.idle .name { color: var(--soft); }
.plot { position: relative; height: 28px;
        background-image: linear-gradient(to right, var(--grid) 1px, transparent 1px); background-size: var(--step) 100%; }
.plot svg { display: block; position: absolute; left: 0; top: 3px; width: 100%; height: 20px; overflow: hidden; }
.plot .critical { position: absolute; top: 24px; height: 3px; min-width: 2px; }
.axis { position: sticky; top: 0; z-index: 2; border-bottom: 1px solid var(--rule); color: var(--soft); font-size: .8rem; }
.axis span { position: absolute; top: 0; line-height: 28px; padding-left: 4px; white-space: nowrap; }
.axis .plot { container-type: inline-size; }
@container (max-width: 42rem) { .axis .last { display: none; } }
@container (max-width: 24rem) { .axis .late { display: none; } }
@container (min-width: 17rem) and (max-width: 42rem) { .axis span:nth-child(even) { display: none; } }
@container (max-width: 17rem) { .axis span:not(:nth-child(3n + 1)) { display: none; } }
.storages { position: sticky; bottom: 0; z-index: 2; border-top: 2px solid var(--rule); }
.storage .plot { height: 46px; }
.storage .plot svg { top: 3px; height: 40px; }
.storage .name, .storage .figures { line-height: 46px; }
.storage .figures { white-space: normal; line-height: 20px; padding-top: 3px; padding-bottom: 3px; }
.waits { fill: var(--waits); background: var(--waits); }
.works { fill: var(--works); background: var(--works); }
.gives { fill: var(--gives); background: var(--gives); }
.stores { fill: var(--stores); background: var(--stores); }
.retries { fill: var(--retries); background: var(--retries); }
.flows { fill: var(--flows); background: var(--flows); }
.reads { fill: var(--reads); }
.writes { fill: var(--writes); }
i.critical { background: var(--critical); }
.cursor { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--ink); opacity: .55; z-index: 3;
          pointer-events: none; }
.tip { position: fixed; z-index: 4; max-width: 24rem; padding: .45rem .65rem; background: var(--page); color: var(--ink);
       border: 1px solid var(--rule); border-radius: 4px; box-shadow: 0 4px 14px var(--shadow); font-size: .85rem;
       white-space: pre-line; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; pointer-events: none; }
[hidden] { display: none; }
@media (max-width: 46rem) {
  body { padding: .75rem; }
  .row { grid-template-columns: 7rem minmax(0, 1fr); }
  .figures { display: none; }
}
@media print { .axis, .storages { position: static; } }
)css";

}  // namespace coffer
