/** The page's only style sheet; its hash stands in the page's content security policy. Both schemes meet a contrast of 4.5. */
export const STYLE = `
:root { color-scheme: light dark;
  --paper: #ffffff; --ground: #f6f7f9; --ink: #16191d; --soft: #545b64; --line: #d9dde3; --code: #f3f4f7; --link: #0b57b7;
  --passed: #176b35; --failed: #b3141b; --unobserved: #8a5300; --waived: #6a3fa0; --skipped: #59616b; --pending: #0b57b7;
  --passed-bg: #e6f4ea; --failed-bg: #fdeaea; --unobserved-bg: #fdf1dc; --waived-bg: #f1eafa; --skipped-bg: #eef0f3; --pending-bg: #e6f0fc; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #16191d; --ground: #0e1013; --ink: #e8eaed; --soft: #a6aeb8; --line: #333a42; --code: #1e2227; --link: #82b4ff;
  --passed: #74d192; --failed: #ff918c; --unobserved: #f3bd62; --waived: #c8a8f3; --skipped: #aab2bc; --pending: #82b4ff;
  --passed-bg: #15301f; --failed-bg: #3a1a1b; --unobserved-bg: #35270e; --waived-bg: #2a1f3a; --skipped-bg: #23282e; --pending-bg: #17283f; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main, header, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
.skip { position: absolute; left: -999rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
a { color: var(--link); text-underline-offset: 2px; } :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; font-weight: 650; } h2 { font-size: 1.25rem; margin: 2.6rem 0 .9rem; font-weight: 650; }
h3 { font-size: 1.02rem; margin: 0; font-weight: 600; } h4 { font-size: .78rem; margin: 1.1rem 0 .35rem; font-weight: 650; color: var(--soft); letter-spacing: .02em; }
h5 { font-size: .9rem; margin: .9rem 0 .1rem; font-weight: 600; overflow-wrap: anywhere; } h5 + p { margin-top: 0; }
p { margin: .4rem 0; } .soft { color: var(--soft); } .small { font-size: .87rem; }
code, pre, .id { font: .86em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; } p code, li code, dd code { background: var(--code); padding: .08em .3em; border-radius: 3px; }
pre { margin: .35rem 0; padding: .6rem .8rem; background: var(--code); border: 1px solid var(--line); border-radius: 5px; white-space: pre-wrap; overflow-wrap: anywhere; }
pre.raw { max-height: 26rem; overflow: auto; } pre.shell { border-left: 3px solid var(--soft); }
pre.prompt::before { content: "$ "; color: var(--soft); }
.id { font-weight: 600; white-space: nowrap; }
.banner { max-width: none; background: var(--paper); border-bottom: 1px solid var(--line); border-top: 6px solid var(--skipped); padding: 1.6rem 0 1.4rem; }
.banner > div { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
.banner.failed { border-top-color: var(--failed); } .banner.passed { border-top-color: var(--passed); } .banner.inconclusive, .banner.interrupted { border-top-color: var(--unobserved); } .banner.pending { border-top-color: var(--pending); }
.kicker { color: var(--soft); margin: 0 0 .5rem; } .verdict { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .9rem; }
.stamp { font-size: 1.02rem; padding: .2rem .7rem; } .lead { font-size: 1.05rem; margin: .6rem 0 0; }
.partial { display: inline-block; margin: 0 0 .9rem; padding: .35rem .8rem; border: 2px solid var(--unobserved); border-radius: 5px; color: var(--unobserved); font-weight: 650; }
.callout { border-left: 3px solid var(--failed); padding: .1rem 0 .1rem .8rem; margin: .9rem 0 0; }
.pill { display: inline-flex; align-items: center; gap: .35em; border-radius: 4px; padding: .08rem .5rem; font-size: .82rem; font-weight: 600; white-space: nowrap; border: 1px solid currentColor; color: var(--skipped); background: var(--skipped-bg); }
.pill.passed { color: var(--passed); background: var(--passed-bg); } .pill.failed { color: var(--failed); background: var(--failed-bg); }
.pill.unobserved, .pill.inconclusive, .pill.interrupted { color: var(--unobserved); background: var(--unobserved-bg); } .pill.waived { color: var(--waived); background: var(--waived-bg); } .pill.pending { color: var(--pending); background: var(--pending-bg); }
.pill.none { background: none; border-style: dashed; font-weight: 400; } .pill.stamp { font-size: 1rem; padding: .2rem .75rem; }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 4px; padding: 0 .4rem; font-size: .8rem; color: var(--soft); white-space: nowrap; } .tag.critical { color: var(--ink); border-color: var(--ink); font-weight: 600; } .tag.simulated { border-style: dashed; border-color: var(--soft); }
dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem 2rem; margin: 1.4rem 0 0; } dl.facts > div { min-width: 0; }
dt { color: var(--soft); font-size: .84rem; } dd { margin: 0; overflow-wrap: anywhere; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 7px; padding: 1.1rem 1.3rem; margin: 0 0 1rem; }
.card.failed { border-left: 4px solid var(--failed); } .card.unobserved { border-left: 4px solid var(--unobserved); }
.card > header { padding: 0; max-width: none; margin: 0; } .card header .meta { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center; margin-bottom: .4rem; }
.card ul { margin: .3rem 0; padding-left: 1.2rem; } .cause { font-weight: 600; white-space: pre-wrap; overflow-wrap: anywhere; }
.card.list { list-style: none; padding: .7rem 1.3rem; } .card.list li { display: grid; grid-template-columns: 5.2rem 4.6rem minmax(0, 1fr); gap: .7rem; align-items: baseline; padding: .12rem 0; } .card.list .tag { justify-self: start; }
.compare { display: grid; grid-template-columns: max-content 1fr; gap: .2rem .8rem; margin: .4rem 0; } .compare dd { white-space: pre-wrap; max-height: 16rem; overflow: auto; }
table { border-collapse: collapse; width: 100%; background: var(--paper); border: 1px solid var(--line); } th, td { text-align: left; padding: .38rem .7rem; border-top: 1px solid var(--line); vertical-align: top; } td { overflow-wrap: anywhere; } td:last-child:not(.n) { min-width: 8.5rem; }
thead th { font-size: .84rem; color: var(--soft); font-weight: 600; border-top: 0; } tbody th { font-weight: 600; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } td.zero { color: var(--soft); }
.scroll { overflow-x: auto; } caption { text-align: left; color: var(--soft); font-size: .87rem; padding: 0 0 .4rem; }
details.line, .line.bare { border-top: 1px solid var(--line); background: var(--paper); } details.line > summary, .line.bare { padding: .42rem .9rem; display: grid; grid-template-columns: 1.1rem 5.2rem 9.6rem minmax(0, 1fr) auto; gap: .2rem .7rem; align-items: baseline; }
details.line > summary { cursor: pointer; list-style: none; } details.line > summary::-webkit-details-marker { display: none; } details.line > summary::before { content: "▸"; color: var(--soft); } details.line[open] > summary::before { content: "▾"; } details.line > summary:hover { background: var(--code); } .line.bare::before { content: ""; }
.line .side { display: flex; gap: .5rem; align-items: baseline; color: var(--soft); font-size: .84rem; font-variant-numeric: tabular-nums; } .line .why { color: var(--soft); font-size: .93em; display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .line[open] .why { display: none; } .nowrap { white-space: nowrap; }
.line:target { outline: 2px solid var(--link); outline-offset: -2px; } .line .body { padding: .2rem 1.2rem 1rem 2.7rem; } .line.unlooked .title { color: var(--soft); }
.suite { border: 1px solid var(--line); border-radius: 7px; overflow: hidden; margin: 0 0 1.4rem; } .suite > .top { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: baseline; justify-content: space-between; padding: .7rem .9rem; background: var(--code); }
fieldset.filter { border: 0; padding: 0; margin: 0 0 1rem; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; } .filter legend { float: left; margin-right: 1rem; padding: 0; color: var(--soft); } .filter label { cursor: pointer; }
body:has(#show-open:checked) .line:not(.failed, .unobserved, .pending, .unreached), body:has(#show-looked:checked) .line:is(.skipped, .unlooked) { display: none; }
details.fold { margin: .5rem 0; } details.fold > summary { cursor: pointer; color: var(--link); }
figure { margin: 0 0 1rem; } figcaption { margin-bottom: .5rem; } figure .pair { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(30rem, 100%), 1fr)); gap: 1rem; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--soft); font: 11px system-ui, sans-serif; } svg .ink { fill: var(--ink); } svg .grid { stroke: var(--line); } svg .axis { stroke: var(--soft); } svg .dot { fill: var(--pending); fill-opacity: .65; } svg .trace { fill: none; stroke: var(--pending); stroke-width: 1.4; } svg .bar { fill: var(--pending); fill-opacity: .75; } svg .bar.shade-1 { fill-opacity: .35; } svg .bar.shade-2 { fill-opacity: .55; } svg .bar.shade-3 { fill-opacity: .2; }
svg .limit { stroke: var(--failed); stroke-width: 1.5; stroke-dasharray: 6 4; } svg .limit-text { fill: var(--failed); font-weight: 600; } svg .value { stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 2 3; } svg .lane { stroke: var(--line); } svg .event { fill: var(--paper); stroke: var(--pending); stroke-width: 2; } svg .number { fill: var(--ink); font-size: 10px; font-weight: 600; text-anchor: middle; } svg .number.long { font-size: 8px; } svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
svg .seg-passed { fill: var(--passed); } svg .seg-failed { fill: var(--failed); } svg .seg-unobserved { fill: var(--unobserved); } svg .seg-waived { fill: var(--waived); } svg .seg-pending { fill: var(--pending); } svg .seg-skipped { fill: var(--skipped); fill-opacity: .55; } svg .seg-none { fill: var(--line); }
.overview { margin: 1.5rem 0 0; } .overview svg { height: 12px; border-radius: 3px; overflow: hidden; } ul.counts { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem 1.3rem; padding: 0; margin: .7rem 0 0; } ul.counts .pill { margin-right: .3rem; } ul.counts a { color: inherit; text-decoration: none; } ul.counts a:hover { text-decoration: underline; }
ol.events { margin: .6rem 0 0; padding-left: 1.8rem; columns: 2 24rem; column-gap: 2.5rem; } ol.events li { break-inside: avoid; overflow-wrap: anywhere; }
footer { padding-top: 1.5rem; padding-bottom: 3rem; color: var(--soft); font-size: .87rem; } nav.toc { margin: 1.2rem 0 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .92rem; }
ul.notes { margin: 1.1rem 0 0; padding-left: 1.1rem; color: var(--soft); font-size: .92rem; }
@media (max-width: 46rem) { details.line > summary, .line.bare { grid-template-columns: 1.1rem auto 1fr; } .line .title, .line .side { grid-column: 2 / -1; } .line .body { padding-left: 1.2rem; } }
@media print { :root { --paper: #fff; --ground: #fff; --ink: #000; --soft: #444; --line: #bbb; --code: #f5f5f5; --link: #000; --passed: #115227; --failed: #98000a; --unobserved: #6d4200; --waived: #51307c; --skipped: #444; --pending: #083f86; --passed-bg: #fff; --failed-bg: #fff; --unobserved-bg: #fff; --waived-bg: #fff; --skipped-bg: #fff; --pending-bg: #fff; }
  @page { margin: 14mm; } body { font-size: 10pt; } main, .banner > div, footer { padding: 0 1px; max-width: none; } .banner { padding-top: .8rem; } nav.toc, fieldset.filter, .skip { display: none; } a { text-decoration: none; color: inherit; } pre.raw, .compare dd { max-height: none; }
  .card, details.line, tr, figure { break-inside: avoid-page; } h2, h3, h4, .suite > .top { break-after: avoid; } .suite { overflow: visible; } details.line > summary::before { content: "" !important; } .card.failed { break-inside: auto; } .card > header, .meta { break-after: avoid; } .card > header, h3, h4, h5 { break-inside: avoid; } h5, h5 + p { break-after: avoid; } .scroll { overflow: visible; } table { font-size: 8.5pt; } figure .pair { grid-template-columns: 1fr 1fr; } .line .body h4, .card h4 { break-after: avoid; } details.fold::details-content { content-visibility: visible; block-size: auto; } details.line, .line.bare { font-size: 9pt; } .line .why { white-space: normal; } .on-paper { display: block !important; } }
.on-paper { display: none; }
`.trim()
