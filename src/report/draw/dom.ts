import { createRequire } from "node:module";

/** What of a DOM is used here. */
export interface Element {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  querySelectorAll(selector: string): ArrayLike<{ remove(): void }>;
}

// The package's types name another module, so TypeScript takes them for none.
const domino = createRequire(import.meta.url)("@mixmark-io/domino") as {
  createDocument(html: string): unknown;
};

/** Plot draws through whatever DOM it is given; this one needs no browser, and nothing of it is kept. */
export const document = domino.createDocument("<!doctype html>");
