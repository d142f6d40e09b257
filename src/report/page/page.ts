import { packageVersion } from "../../version.js";
import type { ReportData } from "../data.js";
import { errors, hasErrors } from "./errors.js";
import { fidelity } from "./fidelity.js";
import { Html, html } from "./html.js";
import { metrics } from "./metrics.js";
import { network } from "./network.js";
import { header, overview } from "./overview.js";
import { reproduce, timeOf } from "./reproduce.js";
import { resources } from "./resources.js";
import { STYLE } from "./style.js";
import { titleOf, variation } from "./variation.js";

/** Nothing may be run or fetched, even if a name should get past the escaping. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** Writes a report as one page of HTML that needs nothing beside itself. */
export function pageOf(data: ReportData): string {
  const said = data.verdict.outcome ?? data.verdict.agreement ?? data.verdict.trust;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${data.experiment}: ${said.word} – DieCast</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#results">Skip to the results</a>
${header(data)}
${contents(data)}
<main>
${overview(data)}
${variation(data)}
${errors(data)}
${metrics(data)}
${resources(data)}
${fidelity(data)}
${network(data)}
${reproduce(data)}
</main>
<footer><p>Made by DieCast ${packageVersion()} on ${timeOf(data.made)}. This file needs no network and runs no script.</p></footer>
</body>
</html>
`;
  return page.text;
}

function contents(data: ReportData): Html {
  const places = [
    ["results", "Results"],
    ...(data.variation !== null && data.variation.charts.length > 0
      ? [["variation", titleOf(data.variation)]]
      : []),
    ...(hasErrors(data) ? [["errors", "Errors"]] : []),
    ...(data.metrics.length > 0 ? [["metrics", "Metrics"]] : []),
    ...(data.resources.groups.length > 0 ? [["resources", "Resources"]] : []),
    ...(data.runs.length > 0 ? [["fidelity", "Lateness"]] : []),
    ...(data.topology.nodes.length > 0 ? [["network", "Network"]] : []),
    ["reproduce", "Do it again"],
  ];
  return html`<nav aria-label="Contents"><ul>${places.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>`;
}
