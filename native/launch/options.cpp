#include "options.h"

#include <map>
#include <string>
#include <string_view>

namespace diecast::launch {

namespace {

clock::Ratio ratioOf(const Given& given) {
    const auto slash = given.text.find('/');
    const auto num = parseNumber<std::uint64_t>(given.text.substr(0, slash));
    const auto den =
        slash == std::string_view::npos ? std::nullopt : parseNumber<std::uint64_t>(given.text.substr(slash + 1));
    if (!num || !den || *num == 0 || *den == 0) given.reject("two positive integers NUM/DEN");
    return {*num, *den};
}

std::string environmentOf(const Given& given) {
    const auto equals = given.text.find('=');
    if (equals == 0 || equals == std::string_view::npos) given.reject("NAME=VALUE");
    return std::string(given.text);
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
    {"--gate", [](Options& o, const Given& g) { o.gate = numberOf<std::uint32_t>(g, "the number of a gate"); }},
    {"--join", [](Options& o, const Given& g) { o.join = numberOf<pid_t>(g, "the pid of a guest's init"); }},
    {"--user", [](Options& o, const Given& g) { o.user = g.text; }},
    {"--cwd", [](Options& o, const Given& g) { o.workingDirectory = g.text; }},
    {"--limit", [](Options& o, const Given& g) { o.limits.push_back(parseLimit(g)); }},
    {"--env", [](Options& o, const Given& g) { o.environment.push_back(environmentOf(g)); }},
};

const std::map<std::string_view, void (*)(Options&)> withoutValue = {
    {"--no-file-times", [](Options& o) { o.fileTimes = false; }},
    {"--tsc", [](Options& o) { o.tsc = true; }},
    {"--stats", [](Options& o) { o.stats = true; }},
    {"--real-rate", [](Options& o) { o.realRate = true; }},
    {"--native", [](Options& o) { o.native = true; }},
    {"--linger", [](Options& o) { o.linger = true; }},
    {"--clear-env", [](Options& o) { o.clearEnvironment = true; }},
};

void checkTogether(const Options& options) {
    if (!options.join) {
        if (options.native || options.gate || options.linger || options.user || options.workingDirectory ||
            options.clearEnvironment || !options.limits.empty() || !options.environment.empty())
            throw UsageError("--native, --gate, --linger, --user, --cwd, --limit, --env: expected only with --join");
    }
    if (options.linger && !options.controlFd) throw UsageError("--linger: expected only with --control-fd");
    if (options.native) {
        if (options.tdf || options.clockFd || options.gate || options.stats)
            throw UsageError("--native: there is no clock for --tdf, --clock-fd, --gate or --stats");
        return;
    }
    if (options.tdf.has_value() == options.clockFd.has_value()) throw UsageError("expected either --tdf or --clock-fd");
    if (options.startNs && options.clockFd) throw UsageError("--start: the time page of --clock-fd has its own start");
    if (options.cpuScale.num == 0 && !options.tdf) throw UsageError("--cpu-scale: expected with --clock-fd");
}

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
    checkTogether(options);
    if (options.cpuScale.num == 0 && options.tdf) options.cpuScale = {options.tdf->den, options.tdf->num};
    return options;
}

}  // namespace diecast::launch
