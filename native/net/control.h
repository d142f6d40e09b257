// The control socket: lines from the library (protocol.h), one JSON object a line to it (src/host/links/protocol.ts).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "pace/control_line.h"

namespace diecast::net {

class Control : public pace::ControlLine {
  public:
    using ControlLine::ControlLine;

    struct Ready {
        std::vector<int> namespaces;  // this process's descriptors, by guest
        int counters;
        bool realTimePriority;
        std::vector<std::string> skippedSysctls;
    };
    void ready(const Ready& facts);
    // This process's descriptors of the namespaces that it holds.
    void held(const std::vector<int>& guests, const std::vector<int>& switches);
    // Settings that the kernel does not have or did not take, with the reason.
    void skipped(const std::set<std::string>& sysctls);
};

}  // namespace diecast::net
