import { describeGuest } from "../guests/suite.js";

// One guest program for each family of system calls that carry time. Each is run natively and dilated, with the same
// results but for what the clock on the wall says.

describeGuest({ name: "clocks", title: "clocks", variants: ["musl", "static-pie"] });
describeGuest({ name: "cpu_clocks", title: "CPU clocks and resource usage", alone: true });
describeGuest({
  name: "sleeps",
  title: "sleeps",
  tdfs: ["1", "3", "10", "5/2"],
  variants: ["musl", "static-pie"],
});
describeGuest({ name: "polls", title: "poll, select, epoll", variants: ["musl", "static-pie"] });
describeGuest({ name: "poll_arguments", title: "arguments of poll, select, epoll" });
describeGuest({ name: "poll_masks", title: "signal masks of ppoll, pselect6, epoll_pwait" });
describeGuest({ name: "futexes", title: "futex" });
describeGuest({
  name: "thread_waits",
  title: "timed waits of the C library",
  variants: ["musl", "static-pie"],
});
describeGuest({ name: "message_waits", title: "waits for signals, semaphores and messages" });
describeGuest({ name: "aio_waits", title: "io_getevents and io_pgetevents" });
describeGuest({ name: "timerfds", title: "timerfd" });
describeGuest({ name: "posix_timers", title: "timer_create and kin" });
describeGuest({ name: "interval_timers", title: "setitimer and alarm" });
describeGuest({ name: "bad_values", title: "invalid times and pointers" });
describeGuest({ name: "socket_waits", title: "SO_RCVTIMEO and SO_SNDTIMEO" });
describeGuest({ name: "socket_options", title: "socket options that carry time" });
describeGuest({ name: "linger", title: "SO_LINGER", tdfs: ["3"], variants: [] });
describeGuest({ name: "packet_stamps", title: "stamps on packets" });
describeGuest({ name: "file_times", title: "file times" });
describeGuest({ name: "cpu_limit", title: "RLIMIT_CPU", tdfs: ["3"], variants: [], alone: true });
describeGuest({ name: "stops", title: "SIGSTOP and SIGCONT in the middle of waits" });
describeGuest({
  name: "cycles",
  title: "the cycle counter with --tsc",
  variants: ["musl"],
  options: { launcherOptions: ["--tsc"] },
});
