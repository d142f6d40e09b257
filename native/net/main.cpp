// diecast-net: the link emulation core, `diecast-net CLOCK_FD CONTROL_FD`, or the holder of the namespaces of links
// that the kernel emulates, `diecast-net --hold CONTROL_FD`; everything else comes over the control socket
// (protocol.h). Ends when that closes, and with it every namespace and interface that no guest holds.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <string_view>

#include "clock/time_page.h"
#include "control.h"
#include "core.h"
#include "counter_memory.h"
#include "holder.h"
#include "names.h"
#include "namespaces.h"

namespace {

using namespace diecast::net;

constexpr int ok = 0;
constexpr int failure = 1;

std::optional<Setup> readSetup(Control& control) {
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

void hold(Control& control) {
    const std::optional<Setup> setup = readSetup(control);
    if (!setup) return;
    raiseFileLimit();
    holdNamespaces(*setup, control);
}

void emulate(int clockFd, Control& control) {
    const auto clock = diecast::clock::TimePage::adopt(clockFd);
    std::optional<Setup> setup = readSetup(control);
    if (!setup) return;
    raiseFileLimit();
    Namespaces namespaces = makeNamespaces(*setup, [&] { return control.connected(); });
    if (!control.connected()) return;
    CounterMemory counters(setup->topology.pipes.size(), setup->topology.ports.size());
    std::vector<int> descriptors;
    for (const GuestNamespace& guest : namespaces.guests) descriptors.push_back(guest.fd.get());
    Precedence precedence;
    Core core(std::move(*setup), namespaces, counters, clock.page(), control, precedence);
    control.ready({std::move(descriptors), counters.fd(), precedence.realTime(), std::move(namespaces.skippedSysctls)});
    core.run();
}

int descriptorIn(const char* text) {
    return parseNumber<int>(text, "a file descriptor", 3, 1'000'000);
}

}  // namespace

int main(int argc, char** argv) {
    // A signal to the terminal's process group is for the run to act on, which still needs the network while it stops.
    for (const int signal : {SIGINT, SIGHUP, SIGTERM, SIGPIPE, SIGTSTP}) (void)::signal(signal, SIG_IGN);
    try {
        if (argc != 3) throw ProtocolError("usage: diecast-net CLOCK_FD|--hold CONTROL_FD");
        const bool holds = argv[1] == std::string_view("--hold");
        const int clockFd = holds ? -1 : descriptorIn(argv[1]);
        Control control(descriptorIn(argv[2]));
        try {
            if (holds) {
                hold(control);
            } else {
                emulate(clockFd, control);
            }
            return ok;
        } catch (const SetupError& error) {
            control.failed(error);
        } catch (const std::exception& error) {
            control.failed({SetupError::Code::Failed, error.what()});
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "diecast-net: %s\n", error.what());
    }
    return failure;
}
