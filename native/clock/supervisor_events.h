// What the supervision of a tree has to say to whoever runs it. Lines are without "diecast: " and line end.
#pragma once

#include <cstdint>
#include <string>

namespace diecast::clock {

class SupervisorEvents {
  public:
    virtual ~SupervisorEvents() = default;
    virtual void warn(const std::string& line) = 0;
    // COMMAND itself cannot run in dilated time; its process is no longer of use.
    virtual void commandRefused(const std::string& line) = 0;
    virtual void commandStarted() = 0;
    // Everything in the tree follows the mapping that was in force when kick `id` was asked for, or a later one.
    virtual void kicked(std::uint64_t id) = 0;
};

}  // namespace diecast::clock
