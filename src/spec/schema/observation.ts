import type { z } from "zod";
import { list, map, named } from "./leaf.js";
import { pipeParameters } from "./network.js";
import * as v from "./values.js";

export const phases = map({
  ready: v
    .duration({ least: 1 })
    .prefault("60s")
    .meta({ description: "The longest that all guests together may take to be ready" }),
  warmup: v
    .duration()
    .prefault(0)
    .meta({
      description: "From all guests' being ready to the measuring",
      examples: ["5s"],
    }),
  measure: v.duration({ least: 1e6 }).meta({ description: "How long is measured", examples: ["20s"] }),
}).meta({
  description: "The parts of the run, in virtual time",
  examples: [{ warmup: "5s", measure: "20s" }],
});

const event = map({
  at: v
    .duration()
    .meta({ description: "When, counted from the beginning of the warm-up", examples: ["12s"] }),
  link: v.references.optional().meta({
    description: "Links to change, by their names; a link of a group of several stands for all of it",
    examples: ["core-edge"],
  }),
  direction: v.choice("forward", "reverse", "both").optional().meta({
    description: "Which direction of the links: forward is from `from` to `to`. Default: both",
  }),
  set: pipeParameters.optional().meta({
    description: "What becomes different: anything a link has but from, to, name, reverse",
    examples: [{ loss: "5%" }, { up: false }],
  }),
  guest: v.references.optional().meta({
    description: "Guests or groups that something happens to; one of kill, signal, restart, run says what",
    examples: ["client-3"],
  }),
  kill: v.yes.optional().meta({ description: "Pull the plug: all its processes are killed" }),
  signal: v.signal.optional().meta({ description: "Send its program a signal", examples: ["SIGHUP"] }),
  restart: v.yes.optional().meta({ description: "Stop its program and start it again" }),
  run: v.command.optional().meta({ description: "Run a command in it", examples: ["rm -rf cache"] }),
});

export const events = list(event, "a list of events")
  .prefault([])
  .meta({
    description: "What happens during the run",
    examples: [[{ at: "15s", guest: "client-3", kill: true }]],
  });

const COMBINE = ["sum", "mean", "min", "max", "last", "count", "median"] as const;
const NUMBER_PATTERN = "a regular expression with exactly one group, the number";

export const METRIC_DEFAULTS = { each: "mean", combine: "mean" } as const;

const metric = map({
  guest: v.references.meta({
    description: "The group it is taken from; or several, whose values are one distribution",
    examples: ["client", ["near", "far"]],
  }),
  unit: v.anyText.prefault("").meta({ description: "Its unit, for people", examples: ["1/s"] }),
  stdout: v
    .pattern(NUMBER_PATTERN, 1)
    .optional()
    .meta({
      description: "Matched to each line of standard output; its one group is a number",
      examples: ["requests/s: ([\\d.]+)"],
    }),
  stderr: v.pattern(NUMBER_PATTERN, 1).optional().meta({ description: "Likewise, standard error" }),
  each: v
    .choice(...COMBINE)
    .optional()
    .meta({
      description: `How the numbers of one guest become one (with stdout, stderr). Default: ${METRIC_DEFAULTS.each}`,
      examples: ["last"],
    }),
  combine: v
    .choice(...COMBINE)
    .optional()
    .meta({
      description: `How the guests' numbers become one (with stdout, stderr). Default: ${METRIC_DEFAULTS.combine}`,
      examples: ["sum"],
    }),
  csv: v
    .text("a path")
    .optional()
    .meta({
      description: "A CSV file with a header line that the guest writes; relative paths begin at `cwd`",
      examples: ["latencies.csv"],
    }),
  column: v
    .text("a column's name")
    .optional()
    .meta({ description: "The column with the numbers", examples: ["ms"] }),
  time: map({
    column: v
      .text("a column's name")
      .meta({ description: "The column with each row's time since 1970 in the guest" }),
    unit: v.choice("s", "ms", "us", "ns").prefault("ms").meta({ description: "Its unit" }),
  })
    .optional()
    .meta({
      description: "Which rows fall into the measuring. Default: those written within it",
      examples: [{ column: "at_ms", unit: "ms" }],
    }),
});

export const metrics = named(v.fileName, metric)
  .prefault({})
  .meta({
    description:
      "Numbers to take from what guests write while it is measured: one of stdout, stderr, csv says from where",
    examples: [{ latency: { guest: "client", csv: "latencies.csv", column: "ms", unit: "ms" } }],
  });

export type EventEntry = z.output<typeof event>;
export type MetricEntry = z.output<typeof metric>;
