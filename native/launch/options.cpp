#include "options.h"

#include <charconv>
#include <map>
#include <string_view>
#include <system_error>

namespace diecast::launch {

namespace {

// One option's name and value, as given.
struct Given {
    std::string_view name;
    std::string_view text;

    [[noreturn]] void reject(const char* expected) const {
        throw UsageError(std::string(name) + ": expected " + expected + ", found '" + std::string(text) + "'");
    }
};

template <typename Number>
std::optional<Number> parseNumber(std::string_view text, int base = 10) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

clock::Ratio ratioOf(const Given& given) {
    const auto slash = given.text.find('/');
    const auto num = parseNumber<std::uint64_t>(given.text.substr(0, slash));
    const auto den =
        slash == std::string_view::npos ? std::nullopt : parseNumber<std::uint64_t>(given.text.substr(slash + 1));
    if (!num || !den || *num == 0 || *den == 0) given.reject("two positive integers NUM/DEN");
    return {*num, *den};
}

template <typename Number>
Number numberOf(const Given& given, const char* expected, int base = 10) {
    const auto value = parseNumber<Number>(given.text, base);
    if (!value) given.reject(expected);
    return *value;
}

int descriptorOf(const Given& given) {
    const int fd = numberOf<int>(given, "a file descriptor");
    if (fd < 0) given.reject("a file descriptor");
    return fd;
}

using Setter = void (*)(Options&, const Given&);

const std::map<std::string_view, Setter> withValue = {
    {"--tdf", [](Options& o, const Given& g) { o.tdf = ratioOf(g); }},
    {"--start",
     [](Options& o, const Given& g) { o.startNs = numberOf<std::int64_t>(g, "nanoseconds since the epoch"); }},
    {"--cpu-scale", [](Options& o, const Given& g) { o.cpuScale = ratioOf(g); }},
    {"--cgroup", [](Options& o, const Given& g) { o.cgroups.emplace_back(g.text); }},
    {"--clock-fd", [](Options& o, const Given& g) { o.clockFd = descriptorOf(g); }},
    {"--control-fd", [](Options& o, const Given& g) { o.controlFd = descriptorOf(g); }},
    {"--ignored-signals",
     [](Options& o, const Given& g) { o.ignoredSignals = numberOf<std::uint64_t>(g, "a mask in hexadecimal", 16); }},
    {"--blocked-signals",
     [](Options& o, const Given& g) { o.blockedSignals = numberOf<std::uint64_t>(g, "a mask in hexadecimal", 16); }},
    {"--nofile", [](Options& o, const Given& g) { o.openFiles = numberOf<std::uint64_t>(g, "a number of files"); }},
};

const std::map<std::string_view, void (*)(Options&)> withoutValue = {
    {"--no-file-times", [](Options& o) { o.fileTimes = false; }},
    {"--tsc", [](Options& o) { o.tsc = true; }},
    {"--stats", [](Options& o) { o.stats = true; }},
};

}  // namespace

Options parseOptions(int argc, char** argv) {
    Options options;
    options.cpuScale.num = 0;
    int next = 1;
    while (true) {
        if (next == argc) throw UsageError("expected -- and the command to run");
        const std::string_view name = argv[next++];
        if (name == "--") break;
        if (const auto flag = withoutValue.find(name); flag != withoutValue.end()) {
            flag->second(options);
            continue;
        }
        const auto setter = withValue.find(name);
        if (setter == withValue.end()) throw UsageError("unknown option '" + std::string(name) + "'");
        if (next == argc) throw UsageError(std::string(name) + ": expected a value");
        setter->second(options, {name, argv[next++]});
    }
    if (next == argc) throw UsageError("expected a command after --");
    options.command = argv + next;
    if (options.tdf.has_value() == options.clockFd.has_value()) throw UsageError("expected either --tdf or --clock-fd");
    if (options.startNs && options.clockFd) throw UsageError("--start: the time page of --clock-fd has its own start");
    if (options.cpuScale.num == 0) {
        if (!options.tdf) throw UsageError("--cpu-scale: expected with --clock-fd");
        options.cpuScale = {options.tdf->den, options.tdf->num};
    }
    return options;
}

}  // namespace diecast::launch
