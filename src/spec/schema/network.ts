import type { z } from "zod";
import { either, leaf, list, map, named } from "./leaf.js";
import * as v from "./values.js";

const DISTRIBUTIONS = ["uniform", "normal", "pareto", "exponential"] as const;

/** Of a link's parameters, in the file's own notation; where the bandwidth and the queue come from is not a constant. */
export const PIPE_DEFAULTS = {
  latency: 0,
  jitter: 0,
  distribution: "normal",
  overtake: false,
  loss: 0,
  duplicate: 0,
  corrupt: 0,
  reorder: 0,
  red: false,
  ecn: false,
  up: true,
} as const;

const gilbertElliott = map({
  toBad: v.probability.meta({ description: "Chance per packet to go from the good state to the bad one" }),
  toGood: v.probability.meta({ description: "Chance per packet to go back" }),
  inGood: v.probability.prefault(0).meta({ description: "Loss in the good state" }),
  inBad: v.probability.prefault("100%").meta({ description: "Loss in the bad state" }),
});

const queueLength = leaf(
  "a number of packets from 1 to 1000000, or a size such as 64KiB",
  {
    title: "packets or size",
    anyOf: [
      { type: "integer", minimum: 1, maximum: 1_000_000 },
      { type: "string", pattern: "^[\\d.]+\\s*[kMG]?i?B$" },
    ],
  },
  (given): { packets: number } | { bytes: number } | undefined => {
    if (typeof given === "number") {
      return Number.isInteger(given) && given >= 1 && given <= 1e6 ? { packets: given } : undefined;
    }
    const bytes = v.readSize(given);
    // Less than one full frame could never take one.
    return bytes !== undefined && bytes >= 1538 && bytes <= 2 ** 32 ? { bytes } : undefined;
  },
);

const threshold = leaf(
  "a number of packets or a size, in the unit of the queue",
  {
    title: "packets or size",
    anyOf: [
      { type: "number", minimum: 0 },
      { type: "string", pattern: "^[\\d.]+\\s*[kMG]?i?B$" },
    ],
  },
  (given): { packets: number } | { bytes: number } | undefined => {
    if (typeof given === "number") return given > 0 && given <= 1e6 ? { packets: given } : undefined;
    const bytes = v.readSize(given);
    return bytes !== undefined && bytes > 0 ? { bytes } : undefined;
  },
);

const redWeight = leaf(
  "a number above 0, at most 1",
  { title: "number above 0, at most 1", type: "number", exclusiveMinimum: 0, maximum: 1 },
  (given) => (typeof given === "number" && given > 0 && given <= 1 ? given : undefined),
);

export const RED_DEFAULTS = { probability: "10%", weight: 0.002 } as const;

const red = map({
  least: threshold.optional().meta({
    description: "Average queue from which packets are dropped or marked. Default: a sixth of the queue",
    examples: [5],
  }),
  most: threshold.optional().meta({
    description: "Average queue from which all are. Default: half of the queue",
    examples: [15],
  }),
  probability: v.probability
    .prefault(RED_DEFAULTS.probability)
    .meta({ description: "Share of packets just below `most`" }),
  weight: redWeight
    .prefault(RED_DEFAULTS.weight)
    .meta({ description: "Weight of each packet in the average" }),
});

const parameters = {
  bandwidth: v
    .rate()
    .optional()
    .meta({
      description:
        "Bits per second on the wire: the 24 bytes of preamble, checksum and gap around each Ethernet frame count. " +
        "Default: the slower of the two ends' network interfaces, which limit it in any case",
      examples: ["50Mbit/s"],
    }),
  latency: v
    .duration()
    .optional()
    .meta({
      description: "How long a bit travels",
      examples: ["20ms"],
      default: PIPE_DEFAULTS.latency,
    }),
  jitter: v
    .duration()
    .optional()
    .meta({
      description:
        "Variation of the latency: the standard deviation, or half the width of a uniform distribution",
      examples: ["1ms"],
      default: PIPE_DEFAULTS.jitter,
    }),
  distribution: v
    .choice(...DISTRIBUTIONS)
    .optional()
    .meta({
      description: "How the jitter is distributed: uniform, normal, pareto or exponential",
      default: PIPE_DEFAULTS.distribution,
    }),
  overtake: v.flag.optional().meta({
    description: "Whether a packet may overtake another by its jitter",
    default: PIPE_DEFAULTS.overtake,
  }),
  loss: either(
    gilbertElliott,
    v.probability,
    "a probability such as 0.5%, from 0 to 100%, or a map of toBad and toGood",
  )
    .optional()
    .meta({
      description: "Share of packets lost, each by itself; or, with a map, in bursts (Gilbert–Elliott)",
      examples: ["0.1%", { toBad: "1%", toGood: "30%" }],
      default: PIPE_DEFAULTS.loss,
    }),
  duplicate: v.probability.optional().meta({
    description: "Share of packets that arrive twice",
    default: PIPE_DEFAULTS.duplicate,
  }),
  corrupt: v.probability.optional().meta({
    description: "Share of packets that arrive with one bit flipped",
    default: PIPE_DEFAULTS.corrupt,
  }),
  reorder: v.probability.optional().meta({
    description: "Share of packets that skip the latency and so overtake others",
    default: PIPE_DEFAULTS.reorder,
  }),
  queue: queueLength.optional().meta({
    description:
      "Packets (a number) or bytes (a size) that wait while one is sent. " +
      "Default: bandwidth × 2 × latency in full frames, at least 100 packets",
    examples: [100, "64KiB"],
  }),
  red: either(red, v.flag, "true, false, or a map of least, most, probability and weight")
    .optional()
    .meta({
      description: "Random early detection (Floyd and Jacobson 1993) instead of dropping at the tail only",
      examples: [true, { least: 5, most: 15 }],
      default: PIPE_DEFAULTS.red,
    }),
  ecn: v.flag.optional().meta({
    description: "Let RED mark packets that allow it instead of dropping them",
    default: PIPE_DEFAULTS.ecn,
  }),
  up: v.flag.optional().meta({ description: "False: the cable is out", default: PIPE_DEFAULTS.up }),
};

/** What a direction of a link, or an event, may say. */
export const pipeParameters = map(parameters);

const link = map({
  from: v.reference.meta({
    description: "A guest, a group (a link for each of its guests) or a switch",
    examples: ["client"],
  }),
  to: v.reference.meta({ description: "Likewise", examples: ["edge"] }),
  name: v.fileName.optional().meta({
    description:
      "Its name; a link of a group of several has the guest's name in it: client-3-edge. Default: FROM-TO",
    examples: ["uplink"],
  }),
  ...parameters,
  reverse: pipeParameters.optional().meta({
    description: "What is different from `to` to `from`; anything above but from, to, name",
    examples: [{ bandwidth: "1Mbit/s" }],
  }),
});

const switchEntry = either(
  map({}),
  leaf("nothing", { type: "null" }, (given) => (given === null ? {} : undefined)),
  "an empty map",
);

const switches = either(
  list(v.nodeName, "a list of names"),
  named(v.nodeName, switchEntry),
  "a map or a list of switch names",
).transform((given): readonly string[] => (Array.isArray(given) ? given : Object.keys(given)));

export const network = map({
  backend: v
    .choice("auto", "core", "netem")
    .prefault("auto")
    .meta({
      description:
        "What emulates the links: the kernel's netem, DieCast's own core, or, auto, netem where the kernel has it and it can " +
        "be all links of the experiment, else the core",
    }),
  tcpTimers: v.choice("scaled", "kernel").prefault("scaled").meta({
    description:
      "Timers that the kernel keeps for guests (TCP's, neighbours', …): scaled with the TDF as far as it allows, or its usual values in real time",
  }),
  switches: switches.prefault([]).meta({
    title: "list or map of names",
    description: "Nodes that pass packets on",
    examples: [["core", "edge"]],
  }),
  links: list(link, "a list of links")
    .prefault([])
    .meta({
      description: "What joins guests and switches",
      examples: [[{ from: "web", to: "core", latency: "1ms" }]],
    }),
  ipv4: v
    .text("an IPv4 network")
    .prefault("10.0.0.0/8")
    .meta({ description: "Network that addresses are taken from" }),
  ipv6: v.text("an IPv6 network").prefault("fd00:dc::/64").meta({ description: "Likewise" }),
})
  .prefault({})
  .meta({ description: "Switches and links. Guests without links have no network but their own loopback" });

export type LinkEntry = z.output<typeof link>;
export type PipeEntry = z.output<typeof pipeParameters>;
