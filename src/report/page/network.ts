import type { ReportData } from "../data.js";
import { canBeDrawn, drawTopology } from "../draw/topology.js";
import type { Topology, TopologyLink } from "../topology.js";
import { figure, section, table } from "./figure.js";
import { type Html, html } from "./html.js";

const JOINED: Readonly<Record<Topology["joinedBy"], string>> = {
  group: "Guests that differ in nothing but their number are drawn as one.",
  figures: "Guests with the same figures are drawn as one.",
  neighbours: "Guests with the same neighbours are drawn as one.",
};

/** More rows would make the page too large to be sent. */
const MOST_ROWS = 2000;

/** The network drawn, with the links' figures. */
export function network({ topology }: ReportData): Html {
  const { nodes, links, of } = topology;
  if (nodes.length === 0) return html``;
  const whose =
    of !== null &&
    html`<p>This is the network of ${of}. Those of others differ from it, and are not shown.</p>`;
  if (links.length === 0) {
    const names = nodes.flatMap(({ kind, label }) => (kind === "guests" ? [label] : []));
    return section("network", "Network", whose, html`<p>The guests (${names.join(", ")}) have no links.</p>`);
  }
  const guests = nodes.reduce((sum, { kind, count }) => sum + (kind === "guests" ? count : 0), 0);
  const switches = nodes.filter(({ kind }) => kind === "switch").length;
  const total = links.reduce((sum, { count }) => sum + count, 0);
  const said = `${plural(guests, "guest")}, ${plural(switches, "switch", "switches")}, ${plural(total, "link")}. ${JOINED[topology.joinedBy]} All figures are as guests perceive them.`;
  if (!canBeDrawn(topology)) {
    const size = `${plural(nodes.length, "node")} and ${plural(links.length, "line")}`;
    return section(
      "network",
      "Network",
      whose,
      html`<p>${said} That leaves ${size}, too much for a picture: it is in the table only.</p>
        <details open><summary>Links</summary>${linkTable(topology)}</details>`,
    );
  }
  return section(
    "network",
    "Network",
    whose,
    figure({
      title: "Who is joined to whom",
      said,
      className: "topology",
      chart: html`${scrollable("wide", drawTopology(topology, "LR", said))}
        ${scrollable("narrow", drawTopology(topology, "TB", said))}`,
      table: linkTable(topology),
    }),
  );
}

/** Reached by the keyboard, or nobody without a mouse could scroll it. */
function scrollable(className: "wide" | "narrow", picture: Html): Html {
  return html`<div class="${className} scroll" role="region" tabindex="0" aria-label="Picture of the network">${picture}</div>`;
}

function linkTable({ nodes, links }: Topology): Html {
  const nameOf = (node: number) => nodes[node]?.label ?? "";
  const row = ({ from, to, count, forward, reverse }: TopologyLink) => [
    nameOf(from),
    nameOf(to),
    count,
    forward || "no limit",
    reverse || "no limit",
  ];
  const caption = links.length > MOST_ROWS ? `Links, the first ${MOST_ROWS} of ${links.length}` : "Links";
  return html`${links.length > MOST_ROWS && html`<p>${caption}.</p>`}${table(
    caption,
    ["From", "To", "Links", "There", "Back"],
    links.slice(0, MOST_ROWS).map(row),
  )}`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
