/** A line, or a cloud of dots, in a panel. */
export interface Series {
  readonly label: string;
  /** Which of COLOURS. */
  readonly colour: number;
  readonly points: readonly (readonly [number, number])[];
  readonly kind?: "line" | "dashed" | "dots";
}

export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
  readonly x: Axis;
  readonly y: Axis;
  /** Values of y between which one should be. */
  readonly band?: readonly [number, number];
}

export interface Axis {
  readonly label: string;
  readonly logarithmic?: boolean;
  /** Default: what the points span; a linear axis of it begins at 0. */
  readonly range?: readonly [number, number];
  /** Instead of numbers. */
  readonly ticks?: readonly (readonly [number, string])[];
}

/** Okabe and Ito's palette, which people with any of the usual colour blindnesses can tell apart. */
const COLOURS = ["#000000", "#0072B2", "#E69F00", "#D55E00", "#009E73"];
const WIDTH = 330;
const HEIGHT = 220;
const INNER = { left: 52, right: 12, top: 26, bottom: 38 };
const HEAD = 52;

/** Panels side by side under one title and one legend, as the text of an SVG file that looks alike on light and dark. */
export function drawFigure(title: string, panels: readonly Panel[], columns = 3): string {
  const across = Math.min(columns, panels.length);
  const width = across * WIDTH;
  const height = HEAD + Math.ceil(panels.length / across) * HEIGHT;
  const parts = panels.map((panel, i) => {
    const at = `translate(${(i % across) * WIDTH} ${HEAD + Math.floor(i / across) * HEIGHT})`;
    return `<g transform="${at}">${drawPanel(panel)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      'font-family="sans-serif" font-size="11" fill="#222">',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(12, 20, title, 'font-size="14" font-weight="bold"'),
    legend(panels),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function legend(panels: readonly Panel[]): string {
  const entries = new Map(panels.flatMap(({ series }) => series.map((one) => [one.label, one] as const)));
  let x = 12;
  return [...entries.values()]
    .map((one) => {
      const at = x;
      x += 40 + one.label.length * 6.5;
      const sign =
        one.kind === "dots"
          ? `<circle cx="${at + 12}" cy="38" r="3.5" fill="${colourOf(one)}"/>`
          : `<path d="M${at} 38h24" ${stroke(one)}/>`;
      return sign + text(at + 29, 42, one.label);
    })
    .join("");
}

function drawPanel(panel: Panel): string {
  const x = scaleOf(
    panel.x,
    panel.series.flatMap(({ points }) => points.map(([value]) => value)),
    [INNER.left, WIDTH - INNER.right],
  );
  const y = scaleOf(
    panel.y,
    panel.series.flatMap(({ points }) => points.map(([, value]) => value)),
    [HEIGHT - INNER.bottom, INNER.top],
  );
  const [left, right, top, bottom] = [INNER.left, WIDTH - INNER.right, INNER.top, HEIGHT - INNER.bottom];
  const xTicks = x.ticks.map(([value, label]) => {
    const at = round(x.place(value));
    return `<path d="M${at} ${bottom}V${top}" stroke="#e4e4e4"/>${text(at, bottom + 14, label, 'text-anchor="middle"')}`;
  });
  const yTicks = y.ticks.map(([value, label]) => {
    const at = round(y.place(value));
    return `<path d="M${left} ${at}H${right}" stroke="#e4e4e4"/>${text(left - 5, at + 4, label, 'text-anchor="end"')}`;
  });
  const band = panel.band?.map((value) => y.place(value));
  const [low = 0, high = 0] = band ?? [];
  return [
    band === undefined
      ? ""
      : `<rect x="${left}" y="${round(high)}" width="${right - left}" height="${round(low - high)}" fill="#009E73" opacity="0.15"/>`,
    ...xTicks,
    ...yTicks,
    `<path d="M${left} ${top}V${bottom}H${right}" stroke="#888" fill="none"/>`,
    ...panel.series.map((one) => drawSeries(one, x.place, y.place)),
    text(left, top - 9, panel.title, 'font-weight="bold"'),
    text((left + right) / 2, HEIGHT - 8, panel.x.label, 'text-anchor="middle"'),
    text(
      0,
      0,
      panel.y.label,
      `text-anchor="middle" transform="translate(12 ${(top + bottom) / 2}) rotate(-90)"`,
    ),
  ].join("");
}

type Place = (value: number) => number;

function drawSeries(series: Series, x: Place, y: Place): string {
  const points = series.points.map(([a, b]) => [round(x(a)), round(y(b))] as const);
  if (series.kind === "dots") {
    const dots = points.map(([a, b]) => `<circle cx="${a}" cy="${b}" r="2.6"/>`).join("");
    return `<g fill="${colourOf(series)}" opacity="0.8">${dots}</g>`;
  }
  return `<polyline points="${points.map((point) => point.join(",")).join(" ")}" ${stroke(series)}/>`;
}

function stroke(series: Series): string {
  const dashes = series.kind === "dashed" ? ' stroke-dasharray="5 3"' : "";
  return `fill="none" stroke="${colourOf(series)}" stroke-width="1.5"${dashes}`;
}

function colourOf({ colour }: Series): string {
  return COLOURS[colour % COLOURS.length] as string;
}

interface Scale {
  readonly place: Place;
  readonly ticks: readonly (readonly [number, string])[];
}

function scaleOf(axis: Axis, values: readonly number[], [from, to]: readonly [number, number]): Scale {
  const isLog = axis.logarithmic ?? false;
  const usable = isLog ? values.filter((value) => value > 0) : values;
  const least = usable.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = usable.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const spanned: readonly [number, number] =
    most > least ? [isLog ? least : Math.min(0, least), most] : [isLog ? 0.1 : 0, most > 0 ? most : 1];
  const [low, high] = axis.range ?? spanned;
  const grow = (value: number) => (isLog ? Math.log10(value) : value);
  const place = (value: number) => {
    const clipped = Math.min(Math.max(value, low), high);
    return from + ((grow(clipped) - grow(low)) / (grow(high) - grow(low))) * (to - from);
  };
  return { place, ticks: axis.ticks ?? (isLog ? decades(low, high) : steps(low, high)) };
}

function steps(low: number, high: number): [number, string][] {
  const rough = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5, 10].find((factor) => factor * unit >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => {
    const value = (first + i) * step;
    return [value, `${Number(value.toPrecision(6))}`];
  });
}

function decades(low: number, high: number): [number, string][] {
  const within = (factors: readonly number[]) => {
    const first = Math.floor(Math.log10(low));
    const count = Math.ceil(Math.log10(high)) - first + 1;
    return Array.from({ length: count }, (_, i) => factors.map((factor) => factor * 10 ** (first + i)))
      .flat()
      .filter((value) => value >= low * 0.999 && value <= high * 1.001);
  };
  const whole = within([1]);
  return (whole.length >= 3 ? whole : within([1, 2, 5])).map((value) => [
    value,
    `${Number(value.toPrecision(3))}`,
  ]);
}

function text(x: number, y: number, content: string, more = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${round(x)}" y="${round(y)}" ${more}>${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
