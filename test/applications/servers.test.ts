import { describeApplications } from "./application.js";
import { pythonDriver } from "./programs.js";

// Servers with their clients in the same tree of processes. A driver starts them and tells what both perceive.

describeApplications("servers in dilated time", [
  { title: "redis-server", command: () => pythonDriver("redis") },
  { title: "nginx", command: () => pythonDriver("nginx") },
  { title: "PostgreSQL with pgbench", command: () => pythonDriver("postgres"), tdfs: ["1", "3"] },
]);
