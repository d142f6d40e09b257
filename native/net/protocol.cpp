#include "protocol.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <map>

#include "names.h"

namespace diecast::net {

namespace {

Mac parseMac(std::string_view text) {
    Mac mac;
    for (auto& byte : mac) {
        const std::string_view part = cut(text, ':');
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), byte, 16);
        if (error != std::errc() || part.size() != 2 || end != part.data() + 2) reject(part, "a MAC address");
    }
    if (!text.empty()) reject(text, "the end of a MAC address");
    return mac;
}

template <typename Address>
Address parseAddress(std::string_view text) {
    Address address;
    constexpr bool isIpv4 = std::same_as<Address, Ipv4>;
    const std::string terminated(text);
    if (inet_pton(isIpv4 ? AF_INET : AF_INET6, terminated.c_str(), address.data()) != 1)
        reject(text, isIpv4 ? "an IPv4 address" : "an IPv6 address");
    return address;
}

template <typename Address>
void parseNetwork(std::string_view text, std::optional<Address>& address, std::uint8_t& prefix) {
    if (text == "-") return;
    address = parseAddress<Address>(cut(text, '/'));
    prefix = parseNumber<std::uint8_t>(text, "a prefix length", 0, sizeof(Address) * 8);
}

End parseEnd(std::string_view text, const Topology& topology) {
    const bool isPort = text.starts_with('p');
    if (!isPort && !text.starts_with('s')) reject(text, "an end: p or s, and an index");
    return {isPort, parseIndex(text.substr(1), isPort ? topology.ports.size() : topology.tables.size())};
}

PlannedPort parsePort(std::string_view words, const Setup& setup) {
    PlannedPort port;
    port.guest = parseIndex(cut(words), setup.guests.size());
    port.interface = cut(words);
    if (port.interface.empty() || port.interface.size() >= IFNAMSIZ || port.interface.find('/') != std::string::npos)
        reject(port.interface, "the name of an interface");
    port.mac = parseMac(cut(words));
    if (isGroup(numberOf(port.mac))) reject(port.interface, "the MAC address of one interface, not of a group");
    parseNetwork(cut(words), port.ipv4, port.ipv4Prefix);
    parseNetwork(cut(words), port.ipv6, port.ipv6Prefix);
    // IPv6 wants 1,280; 68 is IPv4's least.
    port.mtu = parseNumber<std::uint32_t>(words, "an MTU", 68, 65521);
    return port;
}

void parseHost(std::string_view words, Topology& topology) {
    PlannedPort& port = topology.ports[parseIndex(cut(words), topology.ports.size())];
    if (words.find(':') == std::string_view::npos) {
        port.hosts4.push_back(parseAddress<Ipv4>(words));
    } else {
        port.hosts6.push_back(parseAddress<Ipv6>(words));
    }
}

PlannedPipe parsePipe(std::string_view words, const Topology& topology) {
    const End from = parseEnd(cut(words), topology);
    const End to = parseEnd(cut(words), topology);
    const auto opposite = parseNumber<std::uint32_t>(cut(words), "the index of a pipe", 0, nowhere - 1);
    return {from, to, opposite, parseParameters(words)};
}

void parseRoute(std::string_view words, Topology& topology) {
    const std::uint32_t atSwitch = parseIndex(cut(words), topology.tables.size());
    const std::uint32_t pipe = parseIndex(cut(words), topology.pipes.size());
    const End& from = topology.pipes[pipe].from;
    if (from.isPort || from.index != atSwitch)
        throw ProtocolError("a route by a pipe that does not begin at its switch");
    topology.tables[atSwitch].resize(topology.ports.size(), nowhere);
    while (!words.empty()) {
        std::string_view range = cut(words, ',');
        const std::uint32_t first = parseIndex(cut(range, '-'), topology.ports.size());
        const std::uint32_t last = range.empty() ? first : parseIndex(range, topology.ports.size());
        for (std::uint32_t port = first; port <= last; port++) topology.tables[atSwitch][port] = pipe;
    }
}

using Taker = void (*)(Setup&, std::string_view);

const std::map<std::string_view, Taker> takers = {
    {"seed", [](Setup& s, std::string_view w) { s.seed = parseId(w); }},
    {"memory",
     [](Setup& s, std::string_view w) {
         s.packetMemoryBytes = parseNumber<std::uint64_t>(w, "a size", 1 << 20, std::uint64_t{1} << 46);
     }},
    {"guest", [](Setup& s, std::string_view w) { s.guests.emplace_back(w); }},
    {"sysctl",
     [](Setup& s, std::string_view w) {
         const std::string path(cut(w));
         if (path.empty() || path.front() == '/' || path.find("..") != std::string::npos)
             reject(path, "a path below /proc/sys/net");
         s.sysctls.emplace_back(path, w);
     }},
    {"switches",
     [](Setup& s, std::string_view w) {
         s.topology.tables.resize(parseNumber<std::uint32_t>(w, "a number of switches", 0, 1'000'000));
     }},
    {"port", [](Setup& s, std::string_view w) { s.topology.ports.push_back(parsePort(w, s)); }},
    {"host", [](Setup& s, std::string_view w) { parseHost(w, s.topology); }},
    {"pipe", [](Setup& s, std::string_view w) { s.topology.pipes.push_back(parsePipe(w, s.topology)); }},
    {"route", [](Setup& s, std::string_view w) { parseRoute(w, s.topology); }},
};

}  // namespace

bool SetupReader::take(std::string_view line) {
    std::string_view words = line;
    const std::string_view verb = cut(words);
    if (verb == "start") {
        for (auto& table : setup_.topology.tables) table.resize(setup_.topology.ports.size(), nowhere);
        check();
        return true;
    }
    const auto taker = takers.find(verb);
    if (taker == takers.end()) reject(verb, "a part of the network");
    try {
        taker->second(setup_, words);
    } catch (const ProtocolError& error) {
        throw ProtocolError("'" + std::string(line.substr(0, 200)) + "': " + error.what());
    }
    return false;
}

void SetupReader::check() const {
    const auto& pipes = setup_.topology.pipes;
    std::vector<bool> hasLink(setup_.topology.ports.size());
    for (const PlannedPipe& pipe : pipes) {
        if (pipe.opposite >= pipes.size()) throw ProtocolError("a pipe's opposite is missing");
        if (!pipe.from.isPort) continue;
        if (hasLink[pipe.from.index]) throw ProtocolError("two links at one port");
        hasLink[pipe.from.index] = true;
    }
    if (!pipes.empty() && setup_.packetMemoryBytes == 0) throw ProtocolError("memory is missing");
}

Command parseCommand(std::string_view line, std::size_t pipes) {
    std::string_view words = line;
    const std::string_view verb = cut(words);
    if (verb == "kick") return Kick{parseId(words)};
    if (verb == "counters") return Count{parseId(words)};
    if (verb != "change") reject(verb, "change, kick or counters");
    const std::uint64_t id = parseId(cut(words));
    const std::uint32_t pipe = parseIndex(cut(words), pipes);
    return Change{id, pipe, parseParameters(words)};
}

std::uint64_t parseHolderCommand(std::string_view line) {
    std::string_view words = line;
    const std::string_view verb = cut(words);
    if (verb != "interfaces") reject(verb, "interfaces");
    return parseId(words);
}

}  // namespace diecast::net
