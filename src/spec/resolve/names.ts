import type { Problems } from "../problems.js";
import { valueAt } from "../problems.js";
import type { ExperimentFile } from "../schema/file.js";

/** What names in the file stand for. */
export class Names {
  /** Each group's guests. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly guests: ReadonlyMap<string, { readonly group: string; readonly index: number }>;
  readonly switches: ReadonlySet<string>;
  private readonly declared: ReadonlySet<string>;
  private readonly problems: Problems;

  constructor(file: ExperimentFile, document: unknown, problems: Problems) {
    const taken = new Map<string, string>();
    const claim = (name: string, what: string, path: readonly (string | number)[]) => {
      const other = taken.get(name);
      if (other === undefined) taken.set(name, what);
      else problems.note(path, `"${name}" is ${other} already; expected another name`, true);
    };
    const groups = new Map<string, readonly string[]>();
    const guests = new Map<string, { group: string; index: number }>();
    for (const [group, { count }] of Object.entries(file.guests)) {
      const instances = instancesOf(group, count);
      groups.set(group, instances);
      claim(group, `group ${group}`, ["guests", group]);
      instances.forEach((name, i) => {
        if (name !== group) claim(name, `a guest of group ${group}`, ["guests", group]);
        guests.set(name, { group, index: i + 1 });
      });
    }
    file.network.switches.forEach((name, i) => {
      const isList = Array.isArray(valueAt(document, ["network", "switches"]));
      claim(name, "a switch", ["network", "switches", isList ? i : name]);
    });
    this.problems = problems;
    this.groups = groups;
    this.guests = guests;
    this.switches = new Set(file.network.switches);
    // What is named in the file but could not be used is no dangling name where it is referred to.
    this.declared = new Set([...keysOf(document, ["guests"]), ...namesOf(document, ["network", "switches"])]);
  }

  /** The guests that a name of a group or a guest stands for. */
  guestsOf(name: string): readonly string[] | undefined {
    return this.groups.get(name) ?? (this.guests.has(name) ? [name] : undefined);
  }

  /** Whether the file has it, usable or not: then it is no dangling name. */
  isDeclared(name: string): boolean {
    if (this.declared.has(name)) return true;
    // web-3, where something is wrong with web: that may be its count.
    const group = name.replace(/-\d+$/, "");
    return group !== name && this.declared.has(group) && this.problems.touches(["guests", group]);
  }

  get groupNames(): readonly string[] {
    return [...this.groups.keys()];
  }

  /** For suggestions. */
  get guestNames(): readonly string[] {
    return [...new Set([...this.groups.keys(), ...this.guests.keys()])];
  }
}

function instancesOf(group: string, count: number): readonly string[] {
  return count === 1 ? [group] : Array.from({ length: count }, (_, i) => `${group}-${i + 1}`);
}

function keysOf(document: unknown, path: readonly string[]): string[] {
  const value = valueAt(document, path);
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

function namesOf(document: unknown, path: readonly string[]): string[] {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value.map(String) : keysOf(document, path);
}
