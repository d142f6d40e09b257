import { DURATION, formatQuantity, type Quantity, RATE } from "../spec/units.js";
import type { PipeInFile } from "./read/run_files.js";

/** "30 ms ± 1 ms, 50 Mbit/s, loss 1 %"; of several pipes the range: "5 ms to 80 ms". Nothing for a wire without figures. */
export function describeLink(pipes: readonly PipeInFile[]): string {
  const of = (value: (parameters: PipeInFile["parameters"]) => number) =>
    pipes.map(({ parameters }) => value(parameters));
  const latency = range(
    of(({ latencyNs }) => latencyNs),
    DURATION,
  );
  const jitter = range(
    of(({ jitterNs }) => jitterNs),
    DURATION,
  );
  const rates = of(({ bandwidthBps }) => bandwidthBps ?? Number.POSITIVE_INFINITY);
  return [
    jitter === "" ? latency : `${latency === "" ? "0 ms" : latency} ± ${jitter}`,
    rates.every((rate) => rate === Number.POSITIVE_INFINITY) ? "" : range(rates, RATE),
    lossOf(pipes),
    pipes.every(({ parameters }) => parameters.up) ? "" : "down",
  ]
    .filter(Boolean)
    .join(", ");
}

function range(values: readonly number[], quantity: Quantity): string {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  if (most === 0) return "";
  const text = (value: number) =>
    Number.isFinite(value) ? formatQuantity(value, quantity).replace("us", "µs") : "no limit";
  return least === most ? text(most) : `${text(least)} to ${text(most)}`;
}

function lossOf(pipes: readonly PipeInFile[]): string {
  const percent = (share: number) => `${Number((share * 100).toPrecision(3))} %`;
  const texts = pipes.map(({ parameters: { loss } }) =>
    loss.kind === "independent"
      ? loss.probability === 0
        ? ""
        : `loss ${percent(loss.probability)}`
      : `loss in bursts (${percent(loss.toBad)}, ${percent(loss.toGood)})`,
  );
  const different = [...new Set(texts)];
  return different.length > 1 ? "some loss" : (different[0] ?? "");
}
