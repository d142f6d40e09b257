#include "control.h"

namespace diecast::block {

void Control::ready(const Ready& facts) {
    send(R"({"event":"ready","devices":)" + pace::listed(facts.devices, pace::quoted) + R"(,"counters":)" +
         std::to_string(facts.counters) + R"(,"realTimePriority":)" + (facts.realTimePriority ? "true" : "false") +
         "}");
}

void Control::broken(std::uint32_t disk, std::string_view message) {
    send(R"({"event":"broken","disk":)" + std::to_string(disk) + R"(,"message":)" + pace::quoted(message) + "}");
}

}  // namespace diecast::block
