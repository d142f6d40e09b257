/**
 * The page's style sheet. Series have the colours of Okabe and Ito (Color Universal Design, 2008), which people with any
 * kind of colour vision tell apart; on dark ground the lighter ones of them come first.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fff; --text: #1c1e21; --quiet: #5b6068; --line: #d9dce1; --raised: #f5f6f8; --shade: #00000026; --link: #0b57a4;
  --good: #00694c; --doubtful: #8a5a00; --bad: #b03a00;
  --series-0: #0072b2; --series-1: #d55e00; --series-2: #009e73; --series-3: #b3588c; --series-4: #4d4d4d; --series-5: #a87800;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #16181c; --text: #e6e8eb; --quiet: #a3a9b2; --line: #353a42; --raised: #1f2227; --shade: #ffffff33; --link: #7fc0f5;
    --good: #4fd0a5; --doubtful: #f0c060; --bad: #ff9a66;
    --series-0: #56b4e9; --series-1: #e69f00; --series-2: #2cc295; --series-3: #e09bc0; --series-4: #c8ccd2; --series-5: #f0e442;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 80rem;
  background: var(--ground); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  overflow-wrap: anywhere;
}
h1 { font-size: clamp(1.8rem, 5vw, 2.6rem); line-height: 1.15; margin: .1em 0 .3em; letter-spacing: -.01em; }
h2 { font-size: 1.45rem; margin: 0 0 .6rem; }
h3 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 .quiet { font-weight: 400; font-size: .9rem; margin-left: .4rem; }
h4 { font-size: .95rem; margin: 0; }
section { margin-top: 3.5rem; scroll-margin-top: 1rem; }
p { margin: .3rem 0 .8rem; max-width: 75ch; }
a { color: var(--link); }
.kind { color: var(--quiet); margin: 0; }
.lead { font-size: 1.15rem; }
.quiet, figcaption p, footer { color: var(--quiet); }
.unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.skip { position: absolute; left: -999rem; background: var(--ground); padding: .5rem 1rem; z-index: 1; }
.skip:focus { left: 1rem; top: .5rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; border-radius: 4px; }
.verdicts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); margin: 1.5rem 0; }
.verdict { background: var(--raised); border-left: 6px solid; border-radius: 6px; padding: 1rem 1.25rem; }
.verdict p { margin: 0; }
.verdict .of { color: var(--quiet); font-size: .9rem; }
.verdict .word { font-size: 1.5rem; font-weight: 650; margin: .1rem 0 .3rem; }
.verdict.good { border-color: var(--good); } .verdict.good .word { color: var(--good); }
.verdict.doubtful { border-color: var(--doubtful); border-left-style: dashed; } .verdict.doubtful .word { color: var(--doubtful); }
.verdict.bad { border-color: var(--bad); border-left-style: double; } .verdict.bad .word { color: var(--bad); }
nav ul, .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; padding: 0; margin: 1rem 0; }
nav ul { border-block: 1px solid var(--line); padding: .6rem 0; }
nav a { display: inline-block; padding: .15rem 0; }
.legend li { display: inline-flex; align-items: center; gap: .5rem; }
.notes { padding-left: 1.2rem; }
.scroll {
  overflow-x: auto; max-width: 100%; position: relative;
  /* A shadow at the right as long as there is more to scroll to. */
  background: linear-gradient(to left, var(--ground) 1rem, transparent) right / 3rem 100% local no-repeat,
    linear-gradient(to left, var(--shade), transparent) right / 1rem 100% scroll no-repeat;
}
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; overflow-wrap: normal; }
th, td { text-align: right; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: middle; }
thead th { color: var(--quiet); font-weight: 600; }
tbody th { font-weight: 400; text-align: left; }
thead th:first-child { text-align: left; }
#results td:nth-child(2), #results thead th:nth-child(2), #reproduce td, #reproduce th, #network td, #network th,
.errors td:nth-child(2), .errors th:nth-child(2) { text-align: left; }
#reproduce td:nth-child(2), #reproduce td:last-child { white-space: normal; min-width: 12rem; }
figure { margin: 0; min-width: 0; }
.pair > figure, .thirds > figure, .panels > figure { display: grid; grid-template: subgrid / minmax(0, 1fr); grid-row: span 3; gap: 0; }
figcaption p { font-size: .88rem; line-height: 1.4; margin: .15rem 0 .4rem; }
.pair { display: grid; gap: 2rem 2.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 28rem), 1fr)); }
.thirds { display: grid; gap: 2rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); margin-top: 1.5rem; }
.panels { display: grid; gap: 1.5rem 1.5rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 38rem) { .panels { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (min-width: 64rem) {
  .panels { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  .panels.n5 { grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 1.5rem 1rem; }
}
.chart { display: block; width: 100%; height: auto; max-width: 44rem; overflow: visible; }
.chart text { font-family: inherit; }
.narrow { display: none; }
@media screen and (max-width: 37.99rem) { .wide { display: none; } .narrow { display: block; } }
.legend .chart { width: 40px; }
svg.topology { width: auto; max-width: 100%; min-width: calc(var(--natural) * .8); margin: .5rem 0; }
.topology .link { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
.topology rect { fill: var(--raised); stroke: var(--quiet); }
.topology .switch rect { fill: var(--ground); stroke-width: 1.5; }
.topology .name { fill: var(--text); }
.topology .name tspan:nth-child(2) { fill: var(--quiet); }
.topology .figures { fill: var(--quiet); font-size: 11px; }
.topology .ground { fill: var(--ground); stroke: none; }
svg.error { display: block; }
.error .allowed { fill: var(--series-2); fill-opacity: .2; }
.error .zero { stroke: var(--quiet); }
.error .whisker { stroke: currentColor; stroke-width: 2; }
.error circle, .error path { fill: currentColor; }
details { margin-top: .3rem; font-size: .9rem; }
summary { cursor: pointer; color: var(--link); width: fit-content; padding: .15rem 0; }
details .scroll { max-height: 22rem; overflow-y: auto; }
pre { background: var(--raised); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto; font-size: .88rem; }
dt { font-weight: 600; } dd { margin: 0 0 .4rem; }
footer { margin-top: 4rem; border-top: 1px solid var(--line); padding-top: .8rem; font-size: .88rem; }
@media print {
  :root { --ground: #fff; --text: #000; --quiet: #444; --line: #bbb; --raised: #fff; }
  body { padding: 0; max-width: none; font-size: 10.5pt; }
  nav, .skip, details { display: none; }
  section { margin-top: 1.6rem; }
  h2, h3, figcaption { break-after: avoid; }
  figure, tr, .verdict { break-inside: avoid; }
  .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; }
  .panels, .panels.n5 { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .8rem 1.5rem; }
  .scroll { overflow: visible; background: none; }
  svg.topology { min-width: 0; }
  .verdict { border: 1px solid #888; border-left: 6px solid; }
}
`;
