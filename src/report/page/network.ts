import type { ReportData } from "../data.js";
import { drawTopology } from "../draw/topology.js";
import type { Topology } from "../topology.js";
import { figure, section, table } from "./figure.js";
import { type Html, html } from "./html.js";

const JOINED: Readonly<Record<Topology["joinedBy"], string>> = {
  group: "Guests that differ in nothing but their number are drawn as one.",
  figures: "Guests with the same figures are drawn as one.",
  neighbours: "Guests with the same neighbours are drawn as one.",
};

/** The network drawn, with the links' figures. */
export function network({ topology, resources }: ReportData): Html {
  const { nodes, links } = topology;
  if (links.length === 0) {
    const guests = resources.groups.map(({ group }) => group).join(", ");
    return section("network", "Network", html`<p>The guests (${guests}) have no links.</p>`);
  }
  const guests = nodes.reduce((sum, { kind, count }) => sum + (kind === "guests" ? count : 0), 0);
  const switches = nodes.filter(({ kind }) => kind === "switch").length;
  const total = links.reduce((sum, { count }) => sum + count, 0);
  const said = `${plural(guests, "guest")}, ${plural(switches, "switch", "switches")}, ${plural(total, "link")}. ${JOINED[topology.joinedBy]} All figures are as guests perceive them.`;
  const nameOf = (node: number) => nodes[node]?.label ?? "";
  return section(
    "network",
    "Network",
    figure({
      title: "Who is joined to whom",
      said,
      className: "topology",
      chart: html`<div class="wide scroll">${drawTopology(topology, "LR", said)}</div>
        <div class="narrow scroll">${drawTopology(topology, "TB", said)}</div>`,
      table: table(
        "Links",
        ["From", "To", "Links", "There", "Back"],
        links.map(({ from, to, count, forward, reverse }) => [
          nameOf(from),
          nameOf(to),
          count,
          forward || "no limit",
          reverse || "no limit",
        ]),
      ),
    }),
  );
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
