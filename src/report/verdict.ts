import type { Verdict } from "../compare/comparison.js";
import type { SetVerdict } from "../compare/set_comparison.js";
import type { Said, Tone } from "./data.js";
import type { FidelityFile } from "./read/run_files.js";

const TRUST_TONES: Readonly<Record<FidelityFile["verdict"], Tone>> = {
  trustworthy: "good",
  doubtful: "doubtful",
  "not trustworthy": "bad",
};
const TONES: readonly Tone[] = ["good", "doubtful", "bad"];

/** What a run's own instruments say of it. */
export function sayTrust({ verdict, reasons, leastTdf }: FidelityFile): Said {
  const why =
    reasons.length === 0
      ? "By its own instruments the emulation kept up with the run."
      : sentence(reasons.join("; "));
  const least = leastTdf === null ? "" : ` TDF ${leastTdf} or more would do.`;
  return { word: verdict, tone: TRUST_TONES[verdict], sentence: `${why}${least}` };
}

/** Of a run without fidelity.json: that it kept up is not known, so one may doubt it. */
const NOT_KNOWN: Said = {
  word: "not known",
  tone: "doubtful",
  sentence: "Whether the emulation kept up was not recorded.",
};

/**
 * The worst of several runs' words.
 * @param leftOut how many runs of a validation are none of these
 */
export function worstTrust(
  runs: readonly { readonly label: string; readonly trust: Said | null }[],
  leftOut = 0,
): Said {
  const all = runs.length + leftOut;
  const without = leftOut === 0 ? "" : `${leftOut} of ${all} left out`;
  const [first, ...others] = runs.map(({ label, trust }) => ({ label, trust: trust ?? NOT_KNOWN }));
  if (first === undefined) return { ...NOT_KNOWN, sentence: sentence(`No run counts; ${without}`) };
  const worst = others.reduce((a, b) => (rank(b.trust) > rank(a.trust) ? b : a), first);
  if (all === 1) return worst.trust;
  if (worst.trust.tone === "good") {
    const which = leftOut === 0 ? "all runs" : `all runs that count; ${without}`;
    return { ...worst.trust, sentence: `By their own instruments the emulation kept up with ${which}.` };
  }
  const rest = leftOut === 0 ? "" : ` ${sentence(without)}`;
  return { ...worst.trust, sentence: `${worst.label}: ${worst.trust.sentence}${rest}` };
}

const OUTCOME_TONES: Readonly<Record<string, Tone>> = { completed: "good", interrupted: "doubtful" };

/** What became of runs that did not complete; null if all have. */
export function sayOutcome(
  runs: readonly { readonly label: string; readonly outcome: string }[],
): Said | null {
  const said = runs.map(({ label, outcome }) => ({ label, outcome, tone: OUTCOME_TONES[outcome] ?? "bad" }));
  const short = said.filter(({ outcome }) => outcome !== "completed");
  const [first] = short;
  if (first === undefined) return null;
  const worst = short.reduce((a, b) => (rank(b) > rank(a) ? b : a), first);
  const which = runs.length === 1 ? "The run" : short.map(({ label }) => label).join(", ");
  return {
    // What a run that was killed leaves behind.
    word: worst.outcome === "running" ? "not ended" : worst.outcome,
    tone: worst.tone,
    sentence: `${which} did not complete: there is no more than what was measured until then.`,
  };
}

/** What the comparison of two runs comes to. */
export function sayComparison(verdict: Verdict): Said {
  if (verdict === "within") {
    return {
      word: "within the tolerance",
      tone: "good",
      sentence: "All that is judged agrees within the tolerance; single runs show no more than that.",
    };
  }
  if (verdict === "outside") {
    return {
      word: "different",
      tone: "bad",
      sentence: "Something that is judged lies outside the tolerance.",
    };
  }
  return sayEquivalence(verdict);
}

/** Of a comparison with a run that cannot be trusted: whatever it comes to says nothing. */
export function sayUntrusted(label: string): Said {
  return {
    word: "not comparable",
    tone: "bad",
    sentence: `${label} is not trustworthy: what the numbers come to says nothing.`,
  };
}

const EQUIVALENCES: Readonly<Record<SetVerdict, Omit<Said, "word">>> = {
  equivalent: {
    tone: "good",
    sentence: "All that is judged is shown, with 95 % confidence, to be within its margin.",
  },
  different: {
    tone: "bad",
    sentence: "Something that is judged is shown, with 95 % confidence, to be outside its margin.",
  },
  inconclusive: {
    tone: "doubtful",
    sentence: "Neither is shown for all that is judged: more repeats or less noise would tell.",
  },
  "not-comparable": {
    tone: "doubtful",
    sentence: "There is nothing that both sides measured and a run can be trusted with.",
  },
};

/** What repeated runs come to. */
export function sayEquivalence(verdict: SetVerdict): Said {
  return { word: verdict.replace("-", " "), ...EQUIVALENCES[verdict] };
}

/** Of several comparisons the worst; null of none. */
export function worstOf(all: readonly { readonly scaled: string; readonly verdict: Said }[]): Said | null {
  const [first] = all;
  if (first === undefined) return null;
  const worst = all.reduce((a, b) => (rank(b.verdict) > rank(a.verdict) ? b : a), first);
  if (all.length === 1 || worst.verdict.tone === "good") return worst.verdict;
  return { ...worst.verdict, sentence: `${worst.scaled}: ${worst.verdict.sentence}` };
}

function rank({ tone }: Pick<Said, "tone">): number {
  return TONES.indexOf(tone);
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
