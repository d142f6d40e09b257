// What comes over the control socket (src/host/links/protocol.ts): text lines, first the network, then commands.
// The library has checked all of it; it is checked again, since a number out of place here would be memory out of
// place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "names.h"
#include "topology.h"

namespace diecast::net {

struct Setup {
    std::uint64_t seed = 0;
    std::uint64_t packetMemoryBytes = 0;
    std::vector<std::string> guests;
    std::vector<std::pair<std::string, std::string>> sysctls;  // path below /proc/sys/net, value
    Topology topology;
};

// Takes the lines
//     seed N
//     memory BYTES
//     guest NAME
//     sysctl PATH VALUE
//     switches N
//     port GUEST INTERFACE MAC IPV4/PREFIX|- IPV6/PREFIX|- MTU
//     host PORT ADDRESS
//     pipe FROM TO OPPOSITE PARAMETERS     ends are p0, p1, … (ports) and s0, s1, … (switches)
//     route SWITCH PIPE PORTS              ports as in 0-3,7
//     start
// Without an emulation here (holder.h), pipes and routes are left out.
class SetupReader {
  public:
    // True once all is there. Throws ProtocolError.
    bool take(std::string_view line);
    Setup finish() { return std::move(setup_); }

  private:
    void check() const;

    Setup setup_;
};

struct Change {
    std::uint64_t id;
    std::uint32_t pipe;
    Parameters parameters;
};
struct Kick {
    std::uint64_t id;
};
struct Count {
    std::uint64_t id;
};
using Command = std::variant<Change, Kick, Count>;

//     change ID PIPE PARAMETERS
//     kick ID
//     counters ID
// Throws ProtocolError.
Command parseCommand(std::string_view line, std::size_t pipes);

//     interfaces ID
// Gives the ID. Throws ProtocolError.
std::uint64_t parseHolderCommand(std::string_view line);

// bandwidth=BPS latency=NS jitter=NS distribution=uniform|normal|pareto|exponential overtake=0|1
// loss=TOBAD,TOGOOD,INGOOD,INBAD duplicate=P corrupt=P reorder=P packets=N bytes=N red=LEAST,MOST,P,WEIGHT ecn=0|1
// up=0|1, each optional. Throws ProtocolError.
Parameters parseParameters(std::string_view words);

}  // namespace diecast::net
