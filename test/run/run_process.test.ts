import { expect } from "chai";
import { DieCastError } from "../../src/errors.js";
import { performRemotely, type RemoteResult, refusedAsFailed } from "../../src/run/run_process.js";

const REQUEST = {
  document: {},
  directory: "/nowhere",
  files: [],
  tdf: "1",
  seed: 1,
  out: "/nowhere",
  overcommit: false,
  allowIdle: true,
  steadyCores: null,
  sharesOf: null,
};
const silent = { phase: () => {}, progress: () => {}, note: () => {}, warn: () => {} };

describe("a run in a process of its own", () => {
  const killed = (signal: AbortSignal) =>
    // Before it has read what it is to do.
    performRemotely(REQUEST, silent, signal, (pid) => process.kill(pid, "SIGKILL"));

  it("has failed when the process dies", async () =>
    expect(await killed(new AbortController().signal)).to.deep.equal({
      outcome: "failed",
      error: "the run's process ended with SIGKILL",
      fidelity: null,
      failedGuests: [],
    }));

  it("was interrupted when that was wanted", async () =>
    expect((await killed(AbortSignal.abort())).outcome).to.equal("interrupted"));
});

describe("a run that is refused", () => {
  const refused = () =>
    Promise.reject(new DieCastError("failed", "too little memory", { remedy: "add some" }));
  const failureOf = (work: Promise<RemoteResult>) => work.catch((error: Error) => error.message);

  it("has failed once another has worked", async () =>
    expect(await refusedAsFailed(refused(), true)).to.deep.include({
      outcome: "failed",
      error: "too little memory; add some",
    }));

  it("ends the whole before, and so does a defect at any time", async () => {
    expect(await failureOf(refusedAsFailed(refused(), false))).to.equal("too little memory");
    expect(await failureOf(refusedAsFailed(Promise.reject(new TypeError("oh")), true))).to.equal("oh");
  });
});
