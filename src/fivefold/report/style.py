"""The look of the page: one sheet, light and dark, on a wide screen, a phone and paper."""

from __future__ import annotations

from fivefold.core.palette import PALETTE

__all__ = ["STYLE"]

_TEXT = """
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 400 1rem/1.6 var(--sans);
  font-variant-numeric: tabular-nums; text-rendering: optimizeLegibility; overflow-wrap: anywhere; }
main { max-width: 70rem; margin: 0 auto; padding: 0 clamp(1.1rem, 4vw, 3rem) 4rem; }
h1, h2, h3 { font-family: var(--serif); font-weight: 600; line-height: 1.15; text-wrap: balance; margin: 0; }
h1 { font-size: clamp(1.8rem, 4.6vw, 3rem); letter-spacing: -0.015em; max-width: 24em; }
h2 { font-size: 1.4rem; overflow-wrap: normal; }
h3 { font-size: 1.15rem; margin-bottom: .8rem; }
p, dl, dd, ol, ul, figure { margin: 0; }
p { text-wrap: pretty; max-width: 46rem; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
b, strong { font-weight: 650; }
strong.bad { color: var(--bad); }
small { display: block; font-size: .8rem; line-height: 1.4; color: var(--soft); font-weight: 400; }
code { font: .9em/1.4 var(--mono); overflow-wrap: anywhere; }
code.name { background: var(--wash); border-radius: 3px; padding: .05em .3em; unicode-bidi: isolate; }
pre { background: var(--wash); border-radius: 6px; padding: .9rem 1.1rem; margin: 0; overflow-x: auto;
  font: .84rem/1.6 var(--mono); }
pre code { font: inherit; overflow-wrap: normal; }
.quiet { color: var(--soft); font-size: .9rem; }
data { white-space: nowrap; }
.interval { color: var(--soft); font-size: .86em; white-space: nowrap; }
"""

_COVER = """
.cover { padding: clamp(2rem, 6vw, 4.2rem) 0 2.6rem; display: grid; gap: 1.6rem; }
.eyebrow { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .82rem; color: var(--soft); }
.eyebrow > span::before { content: "·"; margin-right: 1rem; }
.answer { font: 400 1.17rem/1.62 var(--serif); max-width: 44rem; }
.answer code.name { font-size: .82em; }
.answer .interval { white-space: normal; }
.hero { max-width: 30rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.6rem, 1fr)); gap: 1px;
  background: var(--sheet); border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; }
.facts > div { box-shadow: 0 0 0 1px var(--rule); padding: .85rem 1rem .8rem; }
.facts dt { font-size: .8rem; color: var(--soft); } .facts dt::first-letter { text-transform: uppercase; }
.facts dd { font-size: 1.35rem; line-height: 1.35; font-weight: 600; letter-spacing: -.01em; }
.facts .badge { font-size: .95rem; }
.steps ol { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(5, 1fr); }
.steps li, .steps li + li { position: relative; margin: 0; }
.steps li:not(:last-child)::after { content: ""; position: absolute; left: 2.4rem; right: .4rem; top: 1rem;
  border-top: 1px solid var(--rule); }
.steps a { display: grid; gap: .1rem; text-decoration: none; color: inherit; padding-right: .6rem; }
.steps .mark { width: 2rem; height: 2rem; border-radius: 50%; display: grid; place-items: center; margin-bottom: .4rem;
  background: var(--accent); color: var(--on-accent); font: 600 1rem/1 var(--serif); }
.steps a:hover b { text-decoration: underline; text-underline-offset: .2em; }
.steps .missing .mark { background: none; color: var(--soft); border: 1px dashed var(--soft); }
.steps small { overflow-wrap: anywhere; }
.cover > .block { border-left: 3px solid var(--warn-bar); padding: .2rem 0 .2rem 1.2rem; }
@media (min-width: 62rem) {
  .cover { grid-template-columns: minmax(0, 1fr) 27rem; column-gap: 3rem; align-items: start; }
  .cover > * { grid-column: 1 / -1; }
  .cover > .answer { grid-column: 1; }
  .cover > .hero { grid-column: 2; }
}
"""

_CHAPTERS = """
.chapter { border-top: 1px solid var(--rule); padding: 2.6rem 0 2.8rem; display: grid; gap: 1.4rem 2.5rem; }
.rail { display: flex; align-items: baseline; gap: .8rem; flex-wrap: wrap; }
.rail .mark { font: 600 2.1rem/1 var(--serif); color: var(--accent); }
.rail .aside { color: var(--soft); font-size: .86rem; }
.content { display: grid; gap: 2.2rem; min-width: 0; }
.content > * { min-width: 0; }
.told { display: grid; gap: 1.1rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); }
.told dt, .asked > div > p { font-size: .8rem; color: var(--soft); margin-bottom: .25rem; }
.told > div { border-top: 2px solid var(--accent); padding-top: .6rem; }
.told dd { font-size: .97rem; line-height: 1.58; }
.block { min-width: 0; }
.block > * + * { margin-top: .9rem; }
.missing .rail .mark { color: var(--soft); }
@media (min-width: 62rem) {
  .chapter { grid-template-columns: 10.5rem minmax(0, 1fr); }
  .rail { display: block; position: sticky; top: 1.6rem; align-self: start; }
  .rail .mark { display: block; font-size: 3rem; margin-bottom: .5rem; }
  .rail .aside { margin-top: .35rem; }
}
"""

_PARTS = """
ul { padding-left: 1.1rem; } li + li { margin-top: .35rem; } li { max-width: 46rem; }
li::marker { color: var(--soft); }
.badge { display: inline-flex; align-items: center; gap: .4em; font-size: .82rem; font-weight: 600; line-height: 1.3;
  white-space: nowrap; }
.badge::before { content: ""; width: .62em; height: .62em; border-radius: 50%; background: currentcolor; flex: none; }
.badge.good { color: var(--good); } .badge.warn { color: var(--warn); } .badge.bad { color: var(--bad); }
.badge.bad::before { border-radius: 1px; } .badge.warn::before { border-radius: 1px; transform: rotate(45deg) scale(.9); }
.badge.quiet { color: var(--soft); } .badge.quiet::before { background: none; border: 2px solid currentcolor; }
.figures { display: grid; gap: 1.8rem 2.4rem; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
@media (min-width: 56rem) {
  .figures > figure:only-child { display: grid; grid-template-columns: minmax(0, 27.5rem) minmax(10rem, 1fr); gap: 2rem;
    align-items: start; }
  .figures > figure:only-child > figcaption { margin-top: .3rem; }
}
figcaption { color: var(--soft); font-size: .84rem; line-height: 1.5; margin-top: .6rem; max-width: 34rem; text-wrap: pretty; }
.stack > svg { width: 100%; max-width: 46rem; height: auto; display: block; }
.keys { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; font-size: .88rem; margin-top: .6rem; }
.keys li + li { margin: 0; }
.swatch { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin-right: .5rem; }
.findings { list-style: none; padding: 0; display: grid; gap: 1.1rem; }
.findings > li { border-left: 3px solid var(--rule); padding-left: 1rem; margin: 0; }
.findings > li.bad { border-color: var(--bad); } .findings > li.warn { border-color: var(--warn-bar); }
.findings p + p { margin-top: .25rem; }
.findings .badge { margin-right: .3rem; } .findings details { margin-top: .5rem; }
.inline { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1.3rem; font-size: .86rem;
  color: var(--soft); margin: .25rem 0; }
.inline li + li { margin: 0; } .inline b { color: var(--ink); font-weight: 600; }
.evidence { padding-left: 1.5rem; display: grid; gap: 1.2rem; }
.evidence li { padding-left: .3rem; margin: 0; scroll-margin-top: 1rem; } .evidence li:target { background: var(--accent-wash); }
.evidence .finding { font: 400 1.06rem/1.55 var(--serif); }
.evidence p + p { margin-top: .25rem; }
.evidence .work, .evidence .matched { font-size: .84rem; color: var(--soft); }
.grade::before { content: " · "; }
.cites a { text-decoration: none; margin-left: .25em; } .cites { line-height: 0; }
.aside-note { display: block; font-size: .84rem; color: var(--soft); }
.asked { display: grid; gap: 1rem 1.6rem; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); }
.glossary { display: grid; gap: .8rem; } .glossary dt { font-weight: 650; } .glossary dd { max-width: 46rem; }
.origin { border-top: 1px solid var(--rule); padding-top: 2rem; } .origin > p { margin-top: 1.6rem; }
.origin details { border-top: 0; }
"""

_CARDS = """
.cards { display: grid; gap: .9rem; grid-template-columns: repeat(auto-fill, minmax(min(15.5rem, 100%), 1fr)); }
.card { border: 1px solid var(--rule); border-radius: 8px; background: var(--sheet); padding: .8rem 1rem .9rem; min-width: 0;
  font-size: .88rem; }
.card > * + * { margin-top: .35rem; } .card > figcaption { margin: 0; color: var(--ink); }
.card.out { background: none; border-style: dashed; }
h4 { margin: 0; font: 600 .95rem/1.3 var(--sans); display: flex; gap: .6rem; justify-content: space-between; align-items: baseline; }
.card .role, .card .quiet { color: var(--soft); font-size: .82rem; } .card .spread { font-size: .82rem; }
.decided { padding-left: 1rem; font-size: .82rem; } .decided li + li { margin-top: .15rem; }
"""

_TABLES = """
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; line-height: 1.45; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { text-align: left; vertical-align: top; padding: .5rem 1rem .5rem 0; border-bottom: 1px solid var(--rule);
  overflow-wrap: break-word; word-break: normal; }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-size: .8rem; font-weight: 500; color: var(--soft); border-bottom-color: var(--soft); vertical-align: bottom; }
tbody th { font-weight: 500; } table code.name { overflow-wrap: break-word; }
.figure { text-align: right; white-space: nowrap; }
td.figure .interval { display: block; }
details { border-top: 1px solid var(--rule); } .scroll + details { border-top: 0; margin-top: .2rem; }
.content > details + details { margin-top: -2.2rem; } .block > details + details { margin-top: 0; }
summary { cursor: pointer; padding: .6rem 0; font-size: .92rem; color: var(--accent); list-style: none; width: fit-content; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; display: inline-block; width: .45rem; height: .45rem; margin: 0 .7rem .1rem .1rem;
  border: solid currentcolor; border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg); transition: transform .15s; }
details[open] > summary::before { transform: rotate(45deg); }
summary:hover { text-decoration: underline; text-underline-offset: .2em; }
.folded { padding: .2rem 0 1.2rem; display: grid; gap: 1rem; }
.folded > * { min-width: 0; }
"""

_CHARTS = """
.chart { max-width: 100%; height: auto; display: block; overflow: visible; }
.chart text { font: 12.5px var(--sans); fill: var(--ink); font-variant-numeric: tabular-nums; }
.chart .tick, .chart .axis { fill: var(--soft); font-size: 11.5px; }
.chart .value { font-weight: 600; }
.grid { stroke: var(--rule); } .base { stroke: var(--soft); } .frame { fill: none; stroke: var(--rule); }
.zero { stroke: var(--ink); stroke-dasharray: 3 3; } .ideal { stroke: var(--soft); stroke-dasharray: 4 4; } .limit { stroke: var(--soft); stroke-dasharray: 3 3; }
.bar { fill: var(--accent); } .bar.quiet, .bar.baseline { fill: var(--base); } .bar.warn { fill: var(--warn-bar); }
.track { fill: var(--accent-wash); } .mark { stroke: var(--ink); stroke-width: 2; }
.whisker { stroke: var(--accent); stroke-width: 2; } .whisker.baseline, .whisker.quiet { stroke: var(--base); }
.whisker.over { stroke: var(--ink); stroke-width: 1.5; }
.dot { fill: var(--accent); stroke: var(--paper); stroke-width: 1.5; } .dot.baseline { fill: var(--base); }
.dot.quiet { fill: var(--paper); stroke: var(--accent); stroke-width: 2; }
.bubble { fill: var(--accent); fill-opacity: .75; stroke: var(--paper); stroke-width: 1.5; }
.point { fill: var(--accent); fill-opacity: .4; } .point.out { fill: var(--ink); fill-opacity: .55; }
.curve { fill: none; stroke: var(--accent); stroke-width: 2.2; stroke-linejoin: round; } .band { fill: var(--accent); fill-opacity: .16; }
.curve.two { stroke: var(--two); stroke-dasharray: 8 3; } .curve.three { stroke: var(--three); stroke-dasharray: 2.5 3; }
.dot.two { fill: var(--two); } .dot.three { fill: var(--three); } .rug { stroke: var(--base); stroke-width: 2; }
.swarm { fill: none; stroke: var(--six); stroke-width: 4.5; stroke-linecap: round; stroke-opacity: .8; }
.swarm.low { stroke: var(--one); } .swarm.high { stroke: var(--four); } .swarm.none { stroke-width: 2.5; stroke: var(--soft); }
.cell { fill: var(--accent); } .cell-back { fill: var(--sheet); }
.chart .count { font-weight: 600; font-size: 13px; } .chart .share { font-size: 11px; }
.chart .strong { fill: var(--on-accent); }
.shade.one { fill: var(--one); } .shade.two { fill: var(--two); } .shade.three { fill: var(--three); }
.shade.four { fill: var(--four); } .shade.five { fill: var(--five); } .shade.six { fill: var(--six); }
.swatch.one { background: var(--one); } .swatch.two { background: var(--two); } .swatch.three { background: var(--three); }
.swatch.four { background: var(--four); } .swatch.five { background: var(--five); } .swatch.six { background: var(--six); }
"""

_NARROW = """
@media (max-width: 44rem) {
  .steps ol { grid-template-columns: 1fr; gap: .55rem; }
  .steps li:not(:last-child)::after { left: 1rem; right: auto; top: 2.45rem; bottom: -.6rem; border-top: 0;
    border-left: 1px solid var(--rule); }
  .steps a { grid-template-columns: 2.7rem 1fr; align-items: center; }
  .steps .mark { grid-row: 1 / 3; margin: 0; }
  .steps b { align-self: end; } .steps small { align-self: start; }
  .facts { grid-template-columns: 1fr 1fr; } .eyebrow > span::before { display: none; }
  .stacked, .stacked tbody, .stacked tr, .stacked th, .stacked td { display: block; }
  table:not(.stacked, .pair) { min-width: 34rem; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked tr { padding: .7rem 0; border-bottom: 1px solid var(--rule); }
  .stacked th, .stacked td { border: 0; padding: .1rem 0; text-align: left; white-space: normal; overflow-wrap: anywhere; }
  .stacked tbody th { font-weight: 650; } .stacked code.name { overflow-wrap: anywhere; }
  .stacked td { position: relative; padding-left: 6.6rem; min-height: 1.5rem; }
  .stacked td[data-title]::before { content: attr(data-title); position: absolute; left: 0; top: .2rem; width: 6.2rem;
    font-size: .78rem; color: var(--soft); }
}
"""

_PAPER = """
@media print {
  :root { --paper: #fff; --sheet: #fff; --ink: #000; --soft: #444; --rule: #ccc; --wash: #f4f4f4; --accent: #0c5b6e;
    --accent-wash: #dfeaec; --base: #8a949a; --on-accent: #fff; --good: #1f6b43; --warn: #875400; --bad: #a8322a; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; }
  .chapter { grid-template-columns: 1fr; padding: 1.4rem 0; } .rail { position: static; display: flex; }
  .scroll { overflow: visible; } table code.name { overflow-wrap: anywhere; } a { color: inherit; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { color: var(--soft); } summary::before { display: none; }
  figure, .facts, tr, .findings > li, .evidence > li, pre { break-inside: avoid; } h2, h3, summary { break-after: avoid; }
}
@media (prefers-reduced-motion: reduce) { * { scroll-behavior: auto !important; transition: none !important; } }
"""

STYLE = PALETTE + _TEXT + _COVER + _CHAPTERS + _PARTS + _CARDS + _TABLES + _CHARTS + _NARROW + _PAPER
"""The whole sheet; it holds no ``<``, so it can stand in the page as it is."""
