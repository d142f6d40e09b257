import type { Lateness, ReportData, ReportedRun } from "../data.js";
import { drawLateness, latenessScale } from "../draw/lateness.js";
import { formatNs, formatShare } from "../quantities.js";
import { figure, section, table } from "./figure.js";
import { type Html, html } from "./html.js";

/** More histograms than this show nothing new; the table has all. */
const MOST_FIGURES = 12;

/** How late the emulation was, and what each run says of itself. */
export function fidelity(data: ReportData): Html {
  const { runs } = data;
  if (runs.length === 0) return html``;
  const rows = runs.flatMap((run) =>
    run.lateness.map((late) => [
      run.label,
      late.what,
      formatNs(late.p50Ns),
      formatNs(late.p99Ns),
      formatNs(late.maxNs),
      late.limitNs === 0 ? "–" : formatNs(late.limitNs),
    ]),
  );
  const unknown = runs.filter(({ lateness }) => !lateness.some(({ what }) => what === "packets"));
  return section(
    "fidelity",
    "How late the emulation was",
    html`<p>Packets and disk replies are due at a moment of virtual time; this is by how much they missed it, as guests
      perceive it. Who wants a processor that it is to have waits for it as long as this, as a probe beside the guests felt it. A run is doubtful where more than 1 of 100 is later than allowed.</p>`,
    html`<ul>${runs.map(
      ({ label, trust }) =>
        html`<li><strong>${label}</strong>: ${trust === null ? "not known" : html`${trust.word}. ${trust.sentence}`}</li>`,
    )}</ul>`,
    unknown.length > 0 &&
      html`<p>How late packets were is not known of ${unknown.map(({ label }) => label).join(", ")}: the kernel emulated the
      links, and does not tell.</p>`,
    rows.length > 0 && table("Lateness", ["Run", "What", "p50", "p99", "Most", "Allowed at p99"], rows),
    (["packets", "disk replies", "waits for a processor"] as const).map((what) => histograms(runs, what)),
  );
}

function histograms(runs: readonly ReportedRun[], what: Lateness["what"]): Html | null {
  const all = runs.flatMap((run) =>
    run.lateness.flatMap((late) =>
      late.what === what && late.bins !== null && late.bins.length > 0
        ? [{ run, late: { ...late, bins: late.bins } }]
        : [],
    ),
  );
  if (all.length === 0) return null;
  const scale = latenessScale(all.map(({ late }) => late));
  return html`<div class="thirds">${all.slice(0, MOST_FIGURES).map(({ run, late }) => {
    const title =
      what === "waits for a processor"
        ? `Waits for a processor, ${run.label}`
        : `Lateness of ${what}, ${run.label}`;
    const allowed = late.limitNs === 0 ? "" : `; allowed are ${formatNs(late.limitNs)}`;
    const said = `99 of 100 are at most ${formatNs(late.p99Ns)} late${allowed}.`;
    return figure({
      title,
      said,
      chart: drawLateness(late, run.series, scale, `${title}. ${said}`),
      table: table(
        title,
        ["Late by at most", "Share"],
        late.bins.map(([bound, share]) => [formatNs(bound), formatShare(share)]),
      ),
    });
  })}</div>`;
}
