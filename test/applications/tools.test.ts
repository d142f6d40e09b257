import { describeApplications } from "./application.js";
import { pythonDriver } from "./programs.js";

// Tools of every day that look at the clock.

describeApplications("tools in dilated time", [
  { title: "make, cmake, cp, rsync, tar, find, sqlite, git", command: () => pythonDriver("files") },
  { title: "curl, openssl", command: () => pythonDriver("network"), tdfs: ["1", "3"] },
  {
    title: "ping",
    command: () => pythonDriver("ping"),
    ...(process.getuid?.() === 0
      ? {}
      : { skipped: "an ordinary user's guests gain no rights by file capabilities" }),
  },
  { title: "script, tmux, watch, top, dd", command: () => pythonDriver("terminal") },
]);
