#include "limits.h"

#include <sys/resource.h>

#include <cerrno>
#include <map>
#include <system_error>

namespace diecast::launch {

namespace {

const std::map<std::string_view, int> resources = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};

std::uint64_t realProcessorTime(std::uint64_t value, clock::Ratio scale) {
    __extension__ using wide = unsigned __int128;
    const wide real = (static_cast<wide>(value) * scale.den + scale.num - 1) / scale.num;
    return real < RLIM_INFINITY ? static_cast<std::uint64_t>(real) : RLIM_INFINITY;
}

}  // namespace

Limit parseLimit(const Given& given) {
    const auto equals = given.text.find('=');
    const auto found = resources.find(given.text.substr(0, equals));
    if (equals == std::string_view::npos || found == resources.end()) given.reject("NAME=NUMBER, NAME as in nofile");
    const std::string_view text = given.text.substr(equals + 1);
    const auto value =
        text == "unlimited" ? std::optional(std::uint64_t{RLIM_INFINITY}) : parseNumber<std::uint64_t>(text);
    if (!value) given.reject("NAME=NUMBER or NAME=unlimited");
    return {found->second, std::string(found->first), *value};
}

void applyLimits(const std::vector<Limit>& limits, clock::Ratio cpuScale) {
    for (const Limit& limit : limits) {
        const bool processorTime = limit.resource == RLIMIT_CPU || limit.resource == RLIMIT_RTTIME;
        const bool scaled = processorTime && limit.value != RLIM_INFINITY && cpuScale.num != 0;
        const rlim_t value = scaled ? realProcessorTime(limit.value, cpuScale) : limit.value;
        const rlimit both{value, value};
        if (setrlimit(static_cast<__rlimit_resource>(limit.resource), &both) != 0)
            throw std::system_error(errno, std::generic_category(), "cannot set the resource limit " + limit.name);
    }
}

}  // namespace diecast::launch
