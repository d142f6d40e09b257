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

/** The worst of several runs' words. */
export function worstTrust(runs: readonly { readonly label: string; readonly trust: Said | null }[]): Said {
  const known = runs.flatMap(({ label, trust }) => (trust === null ? [] : [{ label, trust }]));
  const [first] = known;
  if (first === undefined) {
    return {
      word: "not known",
      tone: "doubtful",
      sentence: "Whether the emulation kept up was not recorded.",
    };
  }
  const worst = known.reduce((a, b) => (rank(b.trust) > rank(a.trust) ? b : a), first);
  if (worst.trust.tone === "good" || runs.length === 1) {
    const all =
      runs.length === 1
        ? worst.trust.sentence
        : "By their own instruments the emulation kept up with all runs.";
    return { ...worst.trust, sentence: all };
  }
  return { ...worst.trust, sentence: `${worst.label}: ${worst.trust.sentence}` };
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

function rank({ tone }: Said): number {
  return TONES.indexOf(tone);
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
