import type { ReportData } from "../data.js";
import { section, table } from "./figure.js";
import { type Html, html } from "./html.js";

/** What it takes to do it again. */
export function reproduce({ runs, validation }: ReportData): Html {
  const hosts = [...new Set(runs.map(({ host }) => host))];
  const versions = [...new Set(runs.map(({ diecast, node }) => `DieCast ${diecast}, Node.js ${node}`))];
  const commands =
    validation === null
      ? runs.map(
          ({ path, tdf, seed, overcommit }) =>
            `diecast replay ${quoted(path)} --tdf ${tdf} --seed ${seed}${overcommit ? " --overcommit" : ""}`,
        )
      : [withoutOut(validation.command), validation.continued ?? []]
          .filter((words) => words.length > 0)
          .map((words) => `diecast ${words.map(quoted).join(" ")}`);
  return section(
    "reproduce",
    "How to do it again",
    html`<p>Each run’s folder holds the experiment, its files and its seed; on another host guests get as many cores more or
      less as it takes to be as fast.</p>
      <pre tabindex="0"><code>${commands.join("\n")}</code></pre>
      ${
        runs.length > 0 &&
        html`<dl><dt>Host</dt>${hosts.map((host) => html`<dd>${host}</dd>`)}
        <dt>Versions</dt>${versions.map((version) => html`<dd>${version}</dd>`)}</dl>`
      }`,
    runs.length > 0 &&
      table(
        "Where and when",
        ["Run", "Folder", "Began", "TDF", "Seed", "Links"],
        runs.map((run) => [run.label, run.path, timeOf(run.began), run.tdf, run.seed, run.links]),
      ),
  );
}

/** "2030-01-31 12:00 UTC" */
export function timeOf(iso: string): string {
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*Z$/, "$1 $2 UTC");
}

/** That folder has something in it now, and would be refused. */
function withoutOut(words: readonly string[]): string[] {
  return words.filter((word, i) => !/^--out(=|$)/.test(word) && words[i - 1] !== "--out");
}

/** For a shell, where it needs it. */
function quoted(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
