import type { Command } from "commander";
import type { DiskListFlags, DiskReplayFlags } from "./disk.js";

const MODEL = `
MODEL is a name from \`diecast disk list\`, or the path of a JSON file of the same form (docs/disks.md says how to make one
of your own drive). A path has a slash or ends in .json.`;

const REPLAY = `${MODEL}

TRACE is a file, gzipped or not:
  CSV       a header, then lbn, blocks (of 512 bytes), op (R, W, F flush, D discard) and arrival_ms for each request; or
            gap_after_ms in place of arrival_ms: each request then waits for the one before it and that long
  blkparse  what blkparse prints by default; what was issued to the driver (D) arrives, completions (C) are the reference
  fio       iolog, version 3 with its times; version 2 request after request

With reference times (a CSV's start_ms and completion_ms, response_ms or measured_ms; blkparse's completions; --reference)
it prints how far the model is from them: the demerit figure of Ruemmler and Wilkes, the root mean square of the
horizontal distance of two distributions, in ms and relative to the reference's mean.

Examples:
  diecast disk replay seagate-st32171w trace.csv.gz
  blktrace -d /dev/sdb -w 60 -o - | blkparse -i - > sdb.txt; diecast disk replay ./my-drive.json sdb.txt
  diecast disk replay hdd-7200-sata-4tb requests.log --scheduler fcfs --csv times.csv
  diecast disk replay ssd-nvme-512gb requests.log --reference measured.txt --json`;

export function defineDisk(program: Command): void {
  const disk = program
    .command("disk")
    .summary("list, show and try out disk models")
    .description("Disk models: what a guest's disk takes for each request.")
    .helpOption("-h, --help", "print this");
  disk
    .command("list")
    .summary("list the disk models")
    .description("Lists the disk models that come with DieCast.")
    .option("--json", "print JSON instead of a table")
    .addHelpText("after", "\nExamples:\n  diecast disk list\n  diecast disk list --json | jq -r '.[].name'")
    .helpOption("-h, --help", "print this")
    .action(async (flags: DiskListFlags) => {
      const { listDisks } = await import("./disk.js");
      listDisks(flags);
    });
  disk
    .command("show")
    .summary("show a disk model and where its figures come from")
    .description("Shows the figures of a disk model and their sources.")
    .argument("<model>")
    .option("--json", "print the whole file, checked and with its defaults")
    .addHelpText(
      "after",
      `${MODEL}\n\nExamples:\n  diecast disk show seagate-st32171w\n  diecast disk show ./my-drive.json`,
    )
    .helpOption("-h, --help", "print this")
    .action(async (model: string, flags: DiskListFlags) => {
      const { showDisk } = await import("./disk.js");
      showDisk(model, flags);
    });
  disk
    .command("replay")
    .summary("run a trace through a disk model")
    .description("Runs a trace of requests through a disk model, offline, and prints what each took.")
    .argument("<model>")
    .argument("<trace>")
    .option(
      "--scheduler <name>",
      "which waiting request is next: fcfs, c-look, sstf or sptf (default: the model's)",
    )
    .option(
      "--reference <file>",
      "times to compare with, in ms: a CSV with response_ms, or one number a line",
    )
    .option("--csv <file>", "write the times of each request")
    .option("--json", "print JSON instead of a table")
    .addHelpText("after", REPLAY)
    .helpOption("-h, --help", "print this")
    .action(async (model: string, trace: string, flags: DiskReplayFlags) => {
      const { replayDisk } = await import("./disk.js");
      replayDisk(model, trace, flags);
    });
}
