import { countRests } from "../rests.js";
import type { CheckItem } from "./item.js";
import { checkInUnified } from "./unified.js";

/** Whether it can be told how long guests rest. */
export function checkRests(): CheckItem {
  return checkInUnified({
    name: "guests' rests",
    found: "a BPF program was attached to the kernel's changes of tasks",
    cost: "with --steady-cores guests of a TDF above 1 are not given what they lose to caches that go cold while they rest",
    purpose: "a guest of its own",
    attach: (directory) => countRests([directory]),
  });
}
