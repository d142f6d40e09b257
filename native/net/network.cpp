#include "network.h"

#include <bit>
#include <cstring>
#include <utility>

namespace diecast::net {

std::size_t Network::Bytes::operator()(const Ipv6& address) const noexcept {
    std::uint64_t half[2];
    std::memcpy(half, address.data(), sizeof half);
    return (half[0] ^ half[1] * 0x9e3779b97f4a7c15ull) * 0xd1342543de82ef95ull >> 8;
}

Network::Network(Topology topology, std::uint64_t seed, PipeCounters* counters, PacketPool& pool, Receiver& receiver)
    : topology_(std::move(topology)),
      pool_(pool),
      receiver_(receiver),
      outOfPort_(topology_.ports.size(), nowhere),
      outOfSwitch_(topology_.tables.size()) {
    pipes_.reserve(topology_.pipes.size());
    for (std::uint32_t i = 0; i < topology_.pipes.size(); i++) {
        const PlannedPipe& plan = topology_.pipes[i];
        pipes_.push_back({Pipe(plan.parameters, seed, i, counters[i]), plan.from.isPort ? nowhere : plan.from.index});
        if (plan.from.isPort) {
            outOfPort_[plan.from.index] = i;
        } else {
            outOfSwitch_[plan.from.index].push_back(i);
        }
    }
    for (std::uint32_t i = 0; i < topology_.ports.size(); i++) {
        const PlannedPort& port = topology_.ports[i];
        portByMac_[numberOf(port.mac)] = i;
        if (port.ipv4) portByIpv4_[std::bit_cast<std::uint32_t>(*port.ipv4)] = i;
        if (port.ipv6) portByIpv6_[*port.ipv6] = i;
        portByIpv6_[linkLocalOf(port.mac)] = i;
    }
}

Network::~Network() {
    while (!flights_.empty()) PacketRef(flights_.take().second.packet);
}

void Network::send(VirtualTime now, std::uint32_t port, PacketRef packet) {
    if (outOfPort_[port] != nowhere) enter(now, outOfPort_[port], std::move(packet));
}

void Network::advance(VirtualTime now) {
    while (!flights_.empty() && flights_.first() <= now) {
        const auto [due, flight] = flights_.take();
        PacketRef packet(flight.packet);
        const End& to = topology_.pipes[flight.pipe].to;
        if (to.isPort) {
            receiver_.receive(to.index, *packet, due);
        } else {
            forward(due, to.index, flight.pipe, std::move(packet));
        }
    }
}

std::optional<VirtualTime> Network::next() const noexcept {
    if (flights_.empty()) return std::nullopt;
    return flights_.first();
}

void Network::settle(VirtualTime now) noexcept {
    for (Line& line : pipes_) line.model.settle(now);
}

void Network::enter(VirtualTime now, std::uint32_t pipe, PacketRef packet) {
    const Passage passage = pipes_[pipe].model.enter(now, packet->length, understandsEcn(packet->frame()));
    if (!passage.arrival) return;
    if (passage.copyArrival) flights_.add(*passage.copyArrival, {packet.share().release(), pipe});
    if (passage.mark || passage.corruptBit) {
        const std::uint32_t source = packet->source;
        packet = pool_.own(std::move(packet));
        if (!packet) {
            receiver_.abandoned(source);
            return;
        }
        if (passage.mark) markCongestion(packet->frame());
        if (passage.corruptBit) invertBit(packet->frame(), *passage.corruptBit);
    }
    flights_.add(*passage.arrival, {packet.release(), pipe});
}

void Network::forward(VirtualTime now, std::uint32_t atSwitch, std::uint32_t cameBy, PacketRef packet) {
    const std::uint64_t destination = destinationOf(packet->frame());
    if (!isGroup(destination)) {
        const auto port = portByMac_.find(destination);
        if (port != portByMac_.end()) {
            const std::uint32_t pipe = routeTo(atSwitch, port->second);
            // Back where it came from: it was flooded here by a switch that does not know better.
            if (pipe != nowhere && pipe != topology_.pipes[cameBy].opposite) enter(now, pipe, std::move(packet));
            return;
        }
    }
    flood(now, atSwitch, std::move(packet));
}

// To all, or to nobody known: along the reverse of the shortest paths to the sender, which are a tree, so that each
// port gets one copy and no pipe carries two.
void Network::flood(VirtualTime now, std::uint32_t atSwitch, PacketRef packet) {
    const std::uint32_t source = packet->source;
    for (const std::uint32_t pipe : outOfSwitch_[atSwitch]) {
        const PlannedPipe& plan = topology_.pipes[pipe];
        const bool onTree = plan.to.isPort ? plan.to.index != source : routeTo(plan.to.index, source) == plan.opposite;
        if (onTree) enter(now, pipe, packet.share());
    }
}

std::optional<Mac> Network::ownerOf(const Question& question, std::uint32_t asker) const {
    std::uint32_t owner = nowhere;
    if (question.ipv4) {
        const auto found = portByIpv4_.find(std::bit_cast<std::uint32_t>(*question.ipv4));
        if (found != portByIpv4_.end()) owner = found->second;
    } else {
        const auto found = portByIpv6_.find(question.ipv6);
        if (found != portByIpv6_.end()) owner = found->second;
    }
    if (owner == nowhere || owner == asker || outOfPort_[asker] == nowhere) return std::nullopt;
    const End& neighbour = topology_.pipes[outOfPort_[asker]].to;
    const bool reachable = neighbour.isPort ? neighbour.index == owner : routeTo(neighbour.index, owner) != nowhere;
    if (!reachable) return std::nullopt;
    return topology_.ports[owner].mac;
}

std::uint32_t Network::copiesOf(std::uint64_t destination) const {
    const bool toOne = !isGroup(destination) && portByMac_.contains(destination);
    return toOne ? 1 : static_cast<std::uint32_t>(topology_.ports.size());
}

}  // namespace diecast::net
