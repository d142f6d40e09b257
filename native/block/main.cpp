// diecast-block: the guests' disks. `diecast-block CLOCK_FD CONTROL_FD`; everything else comes over the control socket
// (protocol.h). Ends when that closes; then the kernel answers requests to the disks with errors, and each device is
// gone with its last user.
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <optional>

#include "clock/time_page.h"
#include "control.h"
#include "pace/priority.h"
#include "pace/words.h"
#include "server.h"

namespace {

using namespace diecast::block;
using diecast::pace::ProtocolError;
using diecast::pace::SetupError;

constexpr int ok = 0;
constexpr int failure = 1;

std::optional<std::vector<PlannedDisk>> readSetup(Control& control) {
    SetupReader reader;
    while (true) {
        const auto lines = control.receive(true);
        if (!lines) return std::nullopt;
        for (const std::string& line : *lines) {
            // Nothing follows `start` before this side has answered.
            if (reader.take(line)) return reader.finish();
        }
    }
}

// The kernel may wait for this process to make memory free: it must not wait for the kernel to do so (prctl(2)).
void promiseNotToWaitForWriting() {
#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57  // linux/prctl.h, kernel 5.6
#endif
    (void)prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
    // Buffers of a megabyte come and go: giving them back to the kernel each time costs more than all the rest.
    (void)mallopt(M_MMAP_THRESHOLD, 64 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

int serve(int clockFd, Control& control) {
    const auto clock = diecast::clock::TimePage::adopt(clockFd);
    const auto plans = readSetup(control);
    if (!plans) return ok;
    diecast::pace::raiseFileLimit();
    promiseNotToWaitForWriting();
    Server server(*plans, clock.page(), control);
    server.run();
    // Not by way of destructors: an I/O thread may wait for the host's disk, and nobody for what it would write.
    _exit(ok);
}

int descriptorIn(const char* text) {
    return diecast::pace::parseNumber<int>(text, "a file descriptor", 3, 1'000'000);
}

}  // namespace

int main(int argc, char** argv) {
    // A signal to the terminal's process group is for the run to act on, which still needs the disks while it stops.
    for (const int signal : {SIGINT, SIGHUP, SIGTERM, SIGPIPE, SIGTSTP}) (void)::signal(signal, SIG_IGN);
    try {
        if (argc != 3) throw ProtocolError("usage: diecast-block CLOCK_FD CONTROL_FD");
        const int clockFd = descriptorIn(argv[1]);
        Control control(descriptorIn(argv[2]));
        try {
            return serve(clockFd, control);
        } catch (const SetupError& error) {
            control.failed(error);
        } catch (const std::exception& error) {
            control.failed({SetupError::Code::Failed, error.what()});
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "diecast-block: %s\n", error.what());
    }
    return failure;
}
