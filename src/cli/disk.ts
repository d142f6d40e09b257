import { writeFileSync } from "node:fs";
import { stringify } from "csv-stringify/sync";
import { diskModelNames, loadDiskModel } from "../disk/load.js";
import { BLOCK_BYTES, type DiskModel } from "../disk/model.js";
import { DISK_SCHEDULERS, type DiskScheduler, type ReplayedRequest, replayTrace } from "../disk/replay.js";
import { type Demerit, type ReplayReport, summarizeReplay } from "../disk/report.js";
import { readText, readTrace, type Trace } from "../disk/trace.js";
import { parseReference } from "../disk/trace_csv.js";
import { DieCastError, invalidOption } from "../errors.js";
import { formatNumber } from "./format_number.js";
import { print } from "./print.js";
import { formatTable } from "./table.js";

export interface DiskListFlags {
  json?: boolean;
}

export interface DiskReplayFlags {
  scheduler?: string;
  reference?: string;
  csv?: string;
  json?: boolean;
}

/** Prints the models that come with DieCast. */
export function listDisks(flags: DiskListFlags): void {
  const models = diskModelNames().map((name) => loadDiskModel(name));
  if (flags.json) {
    const rows = models.map(({ name, parameters, capacityBlocks, queueDepth }) => ({
      name,
      kind: parameters.kind,
      capacityBytes: capacityBlocks === undefined ? null : capacityBlocks * BLOCK_BYTES,
      queueDepth,
      model: parameters.model ?? null,
    }));
    print(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const rows = models.map((model) => [
    model.name,
    model.parameters.kind,
    capacityOf(model),
    `${model.queueDepth}`,
    model.parameters.model ?? model.parameters.description ?? "",
  ]);
  print(formatTable([["name", "kind", "capacity", "queue", "what"], ...rows]));
}

/** Prints a model's figures and their sources. @throws DieCastError `invalid-option` */
export function showDisk(nameOrPath: string, flags: DiskListFlags): void {
  const model = loadDiskModel(nameOrPath);
  if (flags.json) {
    print(`${JSON.stringify(model.parameters, null, 2)}\n`);
    return;
  }
  const { sources = [], notice, ...figures } = model.parameters;
  const rows = Object.entries(figures).map(([name, value]) => [name, summarize(value)]);
  const origins = sources.map(
    ({ fields, origin, source }) => `  ${fields.join(", ")}\n    ${origin}: ${source}\n`,
  );
  const parts = [formatTable([["capacity", capacityOf(model)], ...rows])];
  if (origins.length > 0) parts.push(`Where the figures come from:\n${origins.join("")}`);
  if (notice !== undefined) parts.push(`${notice}\n`);
  print(parts.join("\n"));
}

function summarize(value: unknown): string {
  if (Array.isArray(value) && value.length > 4) return `${value.length} entries (all of them: --json)`;
  if (typeof value !== "object" || value === null) return `${value}`;
  return JSON.stringify(value);
}

function capacityOf({ capacityBlocks }: DiskModel): string {
  if (capacityBlocks === undefined) return "any";
  const bytes = capacityBlocks * BLOCK_BYTES;
  return bytes >= 1e12 ? `${formatNumber(bytes / 1e12)} TB` : `${formatNumber(bytes / 1e9)} GB`;
}

/** Runs a trace through a model and prints what came out. @throws DieCastError `invalid-option` */
export function replayDisk(nameOrPath: string, file: string, flags: DiskReplayFlags): void {
  const scheduler = schedulerOf(flags.scheduler);
  const model = loadDiskModel(nameOrPath);
  const trace = readTrace(file);
  const given =
    flags.reference === undefined ? undefined : parseReference(readText(flags.reference), flags.reference);
  const replayed = replayTrace(model, trace, scheduler);
  const report = summarizeReplay(trace, replayed, given);
  if (flags.csv !== undefined) writeTimes(flags.csv, trace, replayed);
  if (flags.json)
    print(
      `${JSON.stringify({ model: model.name, trace: file, format: trace.format, ...report }, null, 2)}\n`,
    );
  else print(formatReplay(model, trace, report));
}

function schedulerOf(name: string | undefined): DiskScheduler | undefined {
  if (name === undefined) return undefined;
  const known = DISK_SCHEDULERS.find((scheduler) => scheduler === name);
  if (known === undefined) throw invalidOption("--scheduler", DISK_SCHEDULERS.join(", "), name);
  return known;
}

/** Lays a report out for a terminal. */
export function formatReplay(model: DiskModel, trace: Trace, report: ReplayReport): string {
  const { responseMs: response, serviceMs: service, media, demerit } = report;
  const head = formatTable([
    ["model", model.name],
    [
      "trace",
      `${report.requests} requests (${trace.format}${trace.closed ? ", closed" : ""}): ${report.reads} reads, ${report.writes} writes`,
    ],
  ]);
  const names = ["mean", "p50", "p95", "p99", "max"] as const;
  const times = formatTable([
    ["ms", ...names],
    ["response", ...names.map((name) => formatNumber(response[name]))],
    ["service", ...names.map((name) => formatNumber(service[name]))],
  ]);
  const parts = [head, times];
  if (media !== undefined) {
    parts.push(
      formatTable([
        ["medium, mean ms", "seek", "latency", "transfer", "accesses"],
        [
          "",
          formatNumber(media.seekMs),
          formatNumber(media.latencyMs),
          formatNumber(media.transferMs),
          `${media.accesses}`,
        ],
      ]),
    );
  }
  const outcomes = Object.entries(report.outcomes);
  if (outcomes.length > 0)
    parts.push(
      `cache: ${outcomes.map(([name, share]) => `${name} ${(share * 100).toFixed(1)} %`).join(", ")}\n`,
    );
  if (demerit !== undefined) {
    const rows: [string, Demerit | undefined][] = [
      ["response", demerit.response],
      ["response, reads", demerit.responseReads],
      ["response, writes", demerit.responseWrites],
      ["service", demerit.service],
    ];
    parts.push(
      formatTable([
        ["demerit", "ms", "relative", "reference mean ms"],
        ...rows.flatMap(([name, figure]) =>
          figure === undefined
            ? []
            : [
                [
                  name,
                  figure.ms.toFixed(4),
                  `${(figure.relative * 100).toFixed(2)} %`,
                  formatNumber(figure.referenceMean),
                ],
              ],
        ),
      ]),
    );
  }
  return parts.join("\n");
}

function writeTimes(file: string, trace: Trace, replayed: readonly ReplayedRequest[]): void {
  const header = [
    "id",
    "arrival_ms",
    "lbn",
    "blocks",
    "op",
    "start_ms",
    "completion_ms",
    "response_ms",
    "cache",
    "seek_cylinders",
    "seek_ms",
    "latency_ms",
    "transfer_ms",
    "media_done_ms",
  ];
  const letters = { read: "R", write: "W", flush: "F", discard: "D" };
  const ms = (value: number | undefined) => (value === undefined ? "" : value.toFixed(6));
  const rows = replayed.map((result, id) => {
    const request = trace.requests[id];
    return [
      id,
      ms(result.arrivalMs),
      request?.lbn,
      request?.blocks,
      letters[request?.kind ?? "read"],
      ms(result.startMs),
      ms(result.completionMs),
      ms(result.completionMs - result.arrivalMs),
      result.outcome,
      result.media?.seekCylinders ?? "",
      ms(result.media?.seekMs),
      ms(result.media?.latencyMs),
      ms(result.media?.transferMs),
      ms(result.media?.doneMs),
    ];
  });
  try {
    writeFileSync(file, stringify([header, ...rows]));
  } catch (cause) {
    throw new DieCastError("failed", `--csv ${file}: ${(cause as Error).message}`, { cause });
  }
}
