import { graphlib, layout } from "@dagrejs/dagre";
import { type Html, html } from "../page/html.js";
import type { Topology, TopologyLink, TopologyNode } from "../topology.js";

const FONT_PX = 12;
/** Of system fonts at 12 px, rather more than less. */
const CHARACTER_PX = 6.9;
const LINE_PX = 16;
const MOST_CHARACTERS = 26;
/** With more links their figures are in the table only. */
const MOST_LABELLED = 40;
/** With more nobody finds anything in the picture, and laying it out takes many seconds. */
const MOST_NODES = 150;
const MOST_LINKS = 300;

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function canBeDrawn({ nodes, links }: Topology): boolean {
  return nodes.length <= MOST_NODES && links.length <= MOST_LINKS;
}

/**
 * Draws switches and groups of guests with the links between them.
 * @param direction of the longest way: to the right for wide screens, down for phones
 */
export function drawTopology(topology: Topology, direction: "LR" | "TB", said: string): Html {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: direction,
    nodesep: 18,
    edgesep: 12,
    ranksep: direction === "LR" ? 36 : 24,
    marginx: 8,
    marginy: 8,
  });
  topology.nodes.forEach((node, i) => {
    graph.setNode(`${i}`, sizeOf(linesOf(node), 12));
  });
  const depth = depths(topology);
  const labelled = topology.links.length <= MOST_LABELLED;
  topology.links.forEach((link, i) => {
    const forwards = (depth[link.from] ?? 0) <= (depth[link.to] ?? 0);
    const [from, to] = forwards ? [link.from, link.to] : [link.to, link.from];
    const size = labelled ? sizeOf(labelOf(link, forwards), 4) : { width: 0, height: 0 };
    graph.setEdge(`${from}`, `${to}`, { ...size, labelpos: "c" }, `${i}`);
  });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const drawn = graph.edges() as { readonly v: string; readonly w: string; readonly name: string }[];
  const edges = drawn.map((edge) => {
    const link = topology.links[Number(edge.name)] as TopologyLink;
    const placed = graph.edge(edge) as Placed & { points: { x: number; y: number }[] };
    const forwards = `${link.from}` === edge.v;
    return { path: pathOf(placed.points), label: labelled ? labelOf(link, forwards) : [], placed };
  });
  return html`<svg class="chart topology" style="--natural: ${Math.ceil(width)}px" role="img" aria-label="${said}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}"
    width="${Math.ceil(width)}" height="${Math.ceil(height)}" font-size="${FONT_PX}" text-anchor="middle">
    ${edges.map(({ path }) => html`<path class="link" d="${path}"/>`)}
    ${edges.map(({ label, placed }) => label.length > 0 && drawLabel(label, placed))}
    ${topology.nodes.map((node, i) => drawNode(node, graph.node(`${i}`) as Placed))}
  </svg>`;
}

function drawNode(node: TopologyNode, { x, y, width, height }: Placed): Html {
  const [left, top] = [x - width / 2, y - height / 2].map(rounded);
  const isSwitch = node.kind === "switch";
  // Several machines look like several, a switch is round.
  const behind = !isSwitch && node.count > 1;
  return html`<g class="${node.kind}">
    ${behind && html`<rect x="${(left ?? 0) + 4}" y="${(top ?? 0) - 4}" width="${width}" height="${height}" rx="4"/>`}
    <rect x="${left}" y="${top}" width="${width}" height="${height}" rx="${isSwitch ? height / 2 : 4}"/>
    ${linesAt(linesOf(node), { x, y, width, height }, "name")}</g>`;
}

/** With ground behind it, so that the link's line does not run through the figures. */
function drawLabel(lines: readonly string[], placed: Placed): Html {
  const width = Math.max(...lines.map(({ length }) => length)) * CHARACTER_PX * 0.9 + 6;
  const height = lines.length * LINE_PX;
  return html`<rect class="ground" x="${rounded(placed.x - width / 2)}" y="${rounded(placed.y - height / 2)}"
    width="${rounded(width)}" height="${height}"/>${linesAt(lines, placed, "figures")}`;
}

function linesAt(lines: readonly string[], { x, y }: Placed, className: string): Html {
  const first = y - ((lines.length - 1) * LINE_PX) / 2;
  return html`<text class="${className}">${lines.map(
    (line, i) =>
      html`<tspan x="${rounded(x)}" y="${rounded(first + i * LINE_PX)}" dy="0.35em">${line}</tspan>`,
  )}</text>`;
}

function linesOf(node: TopologyNode): string[] {
  if (node.kind === "switch") return [cut(node.label)];
  const count = node.count > 1 ? [`${node.count} guests`] : [];
  const each = node.figures === "" ? [] : [`${node.figures}${node.count > 1 ? " each" : ""}`];
  return [cut(node.label), [...count, ...each].join(", ")].filter(Boolean);
}

/** One figure a line; directions that differ one below the other. */
function labelOf({ forward, reverse, count }: TopologyLink, forwards: boolean): string[] {
  const times = count > 1 ? [`${count} links`] : [];
  if (forward === reverse) return [...times, ...forward.split(", ")].filter(Boolean);
  const [there, back] = forwards ? [forward, reverse] : [reverse, forward];
  return [...times, `→ ${there || "no limit"}`, `← ${back || "no limit"}`];
}

/**
 * How far each node is from one end of the network's longest way, so that the drawing begins there. The end is found by
 * two searches, exact for trees.
 */
function depths({ nodes, links }: Topology): number[] {
  const neighbours = nodes.map((): number[] => []);
  for (const { from, to } of links) {
    neighbours[from]?.push(to);
    neighbours[to]?.push(from);
  }
  const result = new Array<number>(nodes.length).fill(-1);
  for (let start = 0; start < nodes.length; start++) {
    if (result[start] !== -1) continue;
    const end = farthest(search(start, neighbours));
    search(end, neighbours).forEach((distance, node) => {
      if (distance >= 0) result[node] = distance;
    });
  }
  return result;
}

/** Steps from `start` to every node; -1 to those that cannot be reached. */
function search(start: number, neighbours: readonly (readonly number[])[]): number[] {
  const steps = new Array<number>(neighbours.length).fill(-1);
  steps[start] = 0;
  const queue = [start];
  for (const node of queue) {
    for (const next of neighbours[node] ?? []) {
      if (steps[next] !== -1) continue;
      steps[next] = (steps[node] ?? 0) + 1;
      queue.push(next);
    }
  }
  return steps;
}

function farthest(steps: readonly number[]): number {
  return steps.indexOf(steps.reduce((a, b) => Math.max(a, b), 0));
}

function sizeOf(lines: readonly string[], padding: number): { width: number; height: number } {
  const characters = lines.reduce((most, line) => Math.max(most, line.length), 0);
  if (characters === 0) return { width: 0, height: 0 };
  return {
    width: Math.ceil(characters * CHARACTER_PX + 2 * padding),
    height: lines.length * LINE_PX + padding,
  };
}

function pathOf(points: readonly { readonly x: number; readonly y: number }[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${rounded(x)},${rounded(y)}`).join("");
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}
