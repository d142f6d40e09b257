import { DRIVERS, describeApplications } from "./application.js";
import { goDriver, javaDriver, pythonDriver } from "./programs.js";

// What programs in each language are made of: event loops, servers and clients with timeouts, children, threads.

describeApplications("languages in dilated time", [
  { title: "Python", command: () => pythonDriver("python") },
  { title: "Node", command: async () => [process.execPath, `${DRIVERS}timers.mjs`], tdfs: ["1", "3"] },
  { title: "Go, without the C library", command: () => goDriver("timing") },
  { title: "Java", command: () => javaDriver("Timing"), tdfs: ["1", "3"] },
  { title: "bash", command: async () => ["bash", `${DRIVERS}shell.sh`], tdfs: ["1", "3"] },
  { title: "Perl", command: async () => ["perl", `${DRIVERS}perl.pl`], tdfs: ["1", "3"] },
]);
