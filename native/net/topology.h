// The network as planned: switches and ports, joined by pipes. Numbers count from 0 in each list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frame.h"
#include "parameters.h"

namespace diecast::net {

constexpr std::uint32_t nowhere = UINT32_MAX;

struct End {
    bool isPort;
    std::uint32_t index;
};

struct PlannedPipe {
    End from;
    End to;
    std::uint32_t opposite;  // the pipe of the same link in the other direction
    Parameters parameters;
};

struct PlannedPort {
    std::uint32_t guest;
    std::string interface;
    Mac mac{};
    std::optional<Ipv4> ipv4;
    std::uint8_t ipv4Prefix = 0;
    std::optional<Ipv6> ipv6;
    std::uint8_t ipv6Prefix = 0;
    std::uint32_t mtu = 1500;
    std::vector<Ipv4> hosts4;  // others that are reached through this interface, whatever its network
    std::vector<Ipv6> hosts6;
};

struct Topology {
    std::vector<PlannedPort> ports;
    std::vector<PlannedPipe> pipes;
    // [switch][port]: the pipe that leads there, or nowhere.
    std::vector<std::vector<std::uint32_t>> tables;
};

}  // namespace diecast::net
