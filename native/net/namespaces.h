// The network namespaces of guests and what is in them. Nothing of it has a name outside: all of it is gone once this
// process and the guests are.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "clock/fd.h"
#include "device_file.h"
#include "protocol.h"

namespace diecast::net {

struct GuestNamespace {
    clock::Fd fd;
    DeviceFile devices;
};

struct Port {
    clock::Fd tap;
    std::uint32_t guest;
    std::string interface;
};

struct Namespaces {
    Namespaces() = default;
    Namespaces(Namespaces&&) = default;
    Namespaces& operator=(Namespaces&&) = delete;
    ~Namespaces();

    std::vector<GuestNamespace> guests;
    std::vector<Port> ports;                  // in the topology's order
    std::vector<std::string> skippedSysctls;  // with the reason
};

// Makes them; all interfaces are up and have their addresses. `goOn` is asked between guests; if it says no, the rest
// is left out. Throws SetupError.
Namespaces makeNamespaces(const Setup& setup, const std::function<bool()>& goOn);

// Namespaces whose interfaces are made by others, for links that the kernel emulates.
struct BareNamespaces {
    std::vector<clock::Fd> guests;
    std::vector<clock::Fd> switches;
    std::set<std::string> skippedSysctls;  // with the reason
};

// A namespace for each guest, with its settings, and for each switch. `goOn` as above. Throws SetupError.
BareNamespaces makeBareNamespaces(const Setup& setup, const std::function<bool()>& goOn);

// Gives guests' interfaces, which are there now, their addresses, routes and settings, and takes them up. Leaves the
// calling thread in one of the namespaces. Throws SetupError.
void setUpInterfaces(const Setup& setup, BareNamespaces& namespaces);

}  // namespace diecast::net
