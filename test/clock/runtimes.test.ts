import { buildGo, buildJava, SOURCES } from "../guests/build.js";
import { describeProgram } from "../guests/suite.js";

// Languages that bring timers, threads and clocks of their own. They bind to the layer as they would to the kernel.

describeProgram({ title: "a Go program, static", command: async () => [await buildGo("waits")] });
describeProgram({ title: "a Python program", command: async () => ["python3", `${SOURCES}python/waits.py`] });
describeProgram({
  title: "a Node program",
  command: async () => [process.execPath, `${SOURCES}node/waits.mjs`],
});
describeProgram({ title: "a bash script", command: async () => [`${SOURCES}bash/waits.sh`] });
describeProgram({
  title: "a Java program",
  command: async () => ["java", "-XX:TieredStopAtLevel=1", "-cp", await buildJava("Waits"), "Waits"],
  // A virtual machine keeps both processors busy while it starts.
  alone: true,
});
