// The control socket: lines from the library (protocol.h), one JSON object a line to it (src/host/disks/protocol.ts).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pace/control_line.h"

namespace diecast::block {

class Control : public pace::ControlLine {
  public:
    using ControlLine::ControlLine;

    struct Ready {
        std::vector<std::string> devices;  // by disk: /dev/loop7
        int counters;                      // this process's descriptor
        bool realTimePriority;
    };
    void ready(const Ready& facts);
    // The host could not do what was asked of a disk's file. Once for each disk.
    void broken(std::uint32_t disk, std::string_view message);
};

}  // namespace diecast::block
