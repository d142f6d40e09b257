// The guests' network namespaces and what is in them. Nothing of it has a name outside: all of it is gone once this
// process and the guests are.
#pragma once

#include <functional>
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

}  // namespace diecast::net
