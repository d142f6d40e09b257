import { describeGuest } from "../guests/suite.js";

// Guests that are hard on the layer. Each is run natively and dilated, with the same results.

describeGuest({ name: "blocked_signals", title: "threads that block every signal" });
describeGuest({ name: "sigsys_handlers", title: "a guest that uses SIGSYS itself" });
describeGuest({ name: "own_filters", title: "a guest with seccomp filters of its own", variants: ["musl"] });
describeGuest({
  name: "children",
  title: "fork, vfork, posix_spawn, clone, clone3",
  variants: ["musl", "static-pie"],
});
describeGuest({
  name: "execs",
  title: "exec: scripts, threads, descriptors, limits",
  variants: [],
});
describeGuest({ name: "failed_execs", title: "attempts to exec that fail" });
describeGuest({
  name: "exec_races",
  title: "exec by many threads at once, and killed, stopped and continued in its middle",
  variants: ["musl"],
});
describeGuest({ name: "small_stacks", title: "stacks as small as can be", variants: ["musl", "static-pie"] });
describeGuest({ name: "many_threads", title: "1,000 sleeping threads, forks among threads", alone: true });
describeGuest({ name: "signal_storm", title: "a storm of signals during waits", variants: [], alone: true });
describeGuest({
  name: "cancellation",
  title: "pthread_cancel in timed waits",
  variants: ["musl", "static-pie"],
});
describeGuest({ name: "jumps", title: "longjmp, swapcontext and exits out of waits" });
describeGuest({ name: "tracing", title: "ptrace inside a guest", variants: [] });
describeGuest({
  name: "processes",
  title: "thousands of short processes",
  args: ["--forks=2000", "--programs=1000"],
  tdfs: ["10"],
  variants: [],
  alone: true,
});
