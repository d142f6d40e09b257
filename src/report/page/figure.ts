import type { ReportData } from "../data.js";
import { drawSample } from "../draw/chart.js";
import { type Content, type Html, html } from "./html.js";

export interface Figure {
  readonly title: string;
  /** What is to be seen in it, in words: under the title, and instead of the picture for who cannot see it. */
  readonly said: string;
  readonly chart: Html;
  readonly table: Html;
  readonly className?: string;
}

/** A chart with its title, in words, as a picture and as numbers. Reached by the keyboard. */
export function figure({ title, said, chart, table, className = "" }: Figure): Html {
  return html`<figure tabindex="0" class="${className}">
    <figcaption><h4>${title}</h4><p>${said}</p></figcaption>
    ${chart}
    <details><summary>Numbers<span class="unseen">: ${title}</span></summary>${table}</details>
  </figure>`;
}

/** A table whose first column names its rows; it scrolls by itself where it is too wide for the page. */
export function table(
  caption: string,
  head: readonly Content[],
  rows: readonly (readonly Content[])[],
): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table>
    <caption class="unseen">${caption}</caption>
    <thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
    <tbody>${rows.map(
      ([first, ...cells]) =>
        html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
    )}</tbody>
  </table></div>`;
}

/** Which line is which; nothing where there is one only. */
export function legend({ series }: ReportData): Html {
  if (series.length < 2) return html``;
  return html`<ul class="legend" aria-label="Legend">${series.map(
    ({ label, isBaseline }, i) =>
      html`<li>${drawSample(i)} ${label}${isBaseline && html` <span class="quiet">baseline</span>`}</li>`,
  )}</ul>`;
}

export function section(id: string, title: string, ...content: readonly Content[]): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>`;
}

/** "251 ms at TDF 5", "251 ms (undilated 5)" */
export function sayAt(label: string, text: string): string {
  return label.startsWith("TDF") ? `${text} at ${label}` : `${text} (${label})`;
}

/** "250 at TDF 1, 251 at TDF 5": the mean over each series' runs. */
export function sayBySeries(
  { runs, series }: ReportData,
  values: readonly { readonly run: number; readonly value: number }[],
  format: (value: number) => string,
): string {
  return series
    .flatMap(({ label }, i) => {
      const own = values.filter(({ run }) => runs[run]?.series === i).map(({ value }) => value);
      if (own.length === 0) return [];
      const text = format(own.reduce((sum, value) => sum + value, 0) / own.length);
      return [series.length === 1 ? text : sayAt(label, text)];
    })
    .join(", ");
}
