import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from "yaml";
import { formatPath, type Path } from "./problems.js";

interface Place {
  /** FILE:LINE:COL, or the option that the field came from. */
  readonly prefix: string;
  readonly line: number;
  readonly column: number;
}

/** Says where in what the user wrote a field of the document comes from. */
export interface Positions {
  readonly file: string;
  of(path: Path, atKey: boolean): Place;
}

/** For a document without a text. */
export function positionsInDocument(file: string): Positions {
  return { file, of: () => ({ prefix: file, line: 0, column: 0 }) };
}

export function positionsInText(file: string, document: Document, lines: LineCounter): Positions {
  return {
    file,
    of(path, atKey) {
      const offset = offsetOf(document, path, atKey);
      const { line, col } = lines.linePos(offset);
      return { prefix: `${file}:${line}:${col}`, line, column: col };
    },
  };
}

/** Fields that options have set are shown with their option; they come last. */
export function positionsWithOverrides(
  positions: Positions,
  overrides: readonly { readonly path: Path; readonly text: string }[],
): Positions {
  const latestFirst = [...overrides].reverse();
  return {
    file: positions.file,
    of(path, atKey) {
      const override = latestFirst.find(({ path: set }) => {
        // A key that nobody knows may have been made on the way to the field that was set.
        const shared = atKey ? Math.min(set.length, path.length) : set.length;
        return set.slice(0, shared).every((part, i) => part === path[i]);
      });
      if (override === undefined) return positions.of(path, atKey);
      return {
        prefix: `--set ${override.text}`,
        line: Number.MAX_SAFE_INTEGER,
        column: formatPath(path).length,
      };
    },
  };
}

/** Where the field begins; what is not there is shown where it is missing: at the nearest thing around it. */
function offsetOf(document: Document, path: Path, atKey: boolean): number {
  let node = resolved(document, document.contents);
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : key) === String(part));
      if (pair === undefined) break;
      const keyOffset = isNode(pair.key) ? pair.key.range?.[0] : undefined;
      const value = isNode(pair.value) ? pair.value : undefined;
      // An empty value lies behind the key's colon, often at the next line's beginning: show the key.
      const empty = value === undefined || (isScalar(value) && value.value === null);
      const last = depth === path.length - 1;
      // A block map begins at its first key; a problem of the whole is better shown at its name.
      const showKey = empty || (last && (atKey || isMap(value)));
      offset = (showKey ? keyOffset : value?.range?.[0]) ?? offset;
      if (!last && isMap(value)) offset = keyOffset ?? offset;
      node = resolved(document, value);
    } else if (isSeq(node)) {
      const item = node.items[Number(part)];
      if (!isNode(item)) break;
      offset = item.range?.[0] ?? offset;
      node = resolved(document, item);
    } else break;
  }
  return offset;
}

function resolved(document: Document, value: unknown): Node | undefined {
  if (!isNode(value)) return undefined;
  return isAlias(value) ? value.resolve(document) : value;
}
