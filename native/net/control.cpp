#include "control.h"

namespace diecast::net {

namespace {

std::string numbers(const std::vector<int>& items) {
    return pace::listed(items, [](int item) { return std::to_string(item); });
}

}  // namespace

void Control::ready(const Ready& facts) {
    send(R"({"event":"ready","namespaces":)" + numbers(facts.namespaces) + R"(,"counters":)" +
         std::to_string(facts.counters) + R"(,"realTimePriority":)" + (facts.realTimePriority ? "true" : "false") +
         R"(,"skippedSysctls":)" + pace::listed(facts.skippedSysctls, pace::quoted) + "}");
}

void Control::held(const std::vector<int>& guests, const std::vector<int>& switches) {
    send(R"({"event":"held","guests":)" + numbers(guests) + R"(,"switches":)" + numbers(switches) + "}");
}

void Control::skipped(const std::set<std::string>& sysctls) {
    send(R"({"event":"skipped","sysctls":)" + pace::listed(sysctls, pace::quoted) + "}");
}

}  // namespace diecast::net
