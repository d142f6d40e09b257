#include "guest_options.h"

#include <map>
#include <string_view>

namespace diecast::launch {

namespace {

using Setter = void (*)(GuestOptions&, const Given&);

GuestDisk diskOf(const Given& given) {
    try {
        return parseGuestDisk(std::string(given.text));
    } catch (const std::invalid_argument& error) {
        throw UsageError(std::string(given.name) + ": " + error.what() + ", found '" + std::string(given.text) + "'");
    }
}

const std::map<std::string_view, Setter> withValue = {
    {"--name", [](GuestOptions& o, const Given& g) { o.name = g.text; }},
    {"--network", [](GuestOptions& o, const Given& g) { o.network = g.text; }},
    {"--root", [](GuestOptions& o, const Given& g) { o.root = g.text; }},
    {"--etc", [](GuestOptions& o, const Given& g) { o.etc = g.text; }},
    {"--files", [](GuestOptions& o, const Given& g) { o.files = g.text; }},
    {"--scratch",
     [](GuestOptions& o, const Given& g) { o.scratchBytes = numberOf<std::uint64_t>(g, "a number of bytes"); }},
    {"--disk", [](GuestOptions& o, const Given& g) { o.disks.push_back(diskOf(g)); }},
    {"--stage", [](GuestOptions& o, const Given& g) { o.stage = g.text; }},
    {"--control-fd", [](GuestOptions& o, const Given& g) { o.controlFd = descriptorOf(g); }},
};

}  // namespace

GuestOptions parseGuestOptions(int argc, char** argv) {
    GuestOptions options;
    for (int next = 2; next < argc; next += 2) {
        const std::string_view name = argv[next];
        const auto setter = withValue.find(name);
        if (setter == withValue.end()) throw UsageError("unknown option '" + std::string(name) + "'");
        if (next + 1 == argc) throw UsageError(std::string(name) + ": expected a value");
        setter->second(options, {name, argv[next + 1]});
    }
    if (options.name.empty() || options.stage.empty() || options.scratchBytes == 0 || options.controlFd < 0)
        throw UsageError("--guest: expected --name, --stage, --scratch and --control-fd");
    return options;
}

}  // namespace diecast::launch
