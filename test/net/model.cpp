// Runs the model of the link emulation by itself: the lines of a network as diecast-net takes them, then
//     packet TIME FROM TO|* LENGTH ECN     TIME in virtual ns, rising; FROM and TO are ports, * is all; ECN are the two
//     bits change TIME PIPE PARAMETERS
// Prints a line `ID PORT TIME ECN INTACT` for each packet that arrives (ID counts the packets from 0; INTACT: its bytes
// and its IP header's checksum are right) and at the end a line `pipe` with the counters of each pipe, in the order of
// counters.h.
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include "net/network.h"
#include "net/protocol.h"
#include "pace/words.h"

namespace {

using namespace diecast::net;

constexpr std::size_t idAt = ethernetHeaderBytes + 20;
constexpr std::size_t leastBytes = idAt + 4;

unsigned checksum(Frame frame) {
    unsigned sum = 0;
    for (std::size_t at = ethernetHeaderBytes; at < idAt; at += 2) sum += frame[at] * 256u + frame[at + 1];
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

class Printer final : public Receiver {
  public:
    void receive(std::uint32_t port, Packet& packet, VirtualTime due) override {
        const Frame frame = packet.frame();
        std::uint32_t id = 0;
        std::memcpy(&id, &frame[idAt], sizeof id);
        bool intact = checksum(frame) == 0;
        for (std::size_t at = leastBytes; at < frame.size(); at++) intact = intact && frame[at] == 0x55;
        std::printf("%u %u %lld %d %d\n", id, port, static_cast<long long>(due.time_since_epoch().count()),
                    frame[ethernetHeaderBytes + 1] & 3, intact);
    }
    void abandoned(std::uint32_t source) override { std::printf("abandoned %u\n", source); }
};

VirtualTime timeIn(std::string_view word) {
    return VirtualTime(Duration(parseNumber<std::int64_t>(word, "a time", 0, INT64_MAX)));
}

PacketRef makePacket(PacketPool& pool, const Topology& topology, std::string_view words, std::uint32_t id) {
    const std::uint32_t from = parseIndex(cut(words), topology.ports.size());
    const std::string_view to = cut(words);
    const auto length = parseNumber<std::uint32_t>(cut(words), "a length", leastBytes, 1514);
    PacketRef packet = pool.allocate(from, length);
    if (!packet) return packet;
    packet->length = length;
    const Frame frame = packet->frame();
    std::memset(frame.data(), 0x55, length);
    Mac destination{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    if (to != "*") destination = topology.ports[parseIndex(to, topology.ports.size())].mac;
    std::memcpy(frame.data(), destination.data(), 6);
    frame[12] = 8;
    frame[13] = 0;
    frame[ethernetHeaderBytes + 1] = parseNumber<std::uint8_t>(words, "two bits", 0, 3);
    frame[ethernetHeaderBytes + 10] = frame[ethernetHeaderBytes + 11] = 0;
    const unsigned sum = checksum(frame);
    frame[ethernetHeaderBytes + 10] = static_cast<std::uint8_t>(sum >> 8);
    frame[ethernetHeaderBytes + 11] = static_cast<std::uint8_t>(sum);
    std::memcpy(&frame[idAt], &id, sizeof id);
    return packet;
}

void run() {
    SetupReader reader;
    std::string line;
    while (std::getline(std::cin, line) && !reader.take(line)) continue;
    Setup setup = reader.finish();
    std::vector<PipeCounters> counters(setup.topology.pipes.size());
    PacketPool pool(setup.packetMemoryBytes, setup.topology.ports.size());
    Printer printer;
    Network network(std::move(setup.topology), setup.seed, counters.data(), pool, printer);
    VirtualTime now{};
    for (std::uint32_t id = 0; std::getline(std::cin, line);) {
        std::string_view words = line;
        const std::string_view verb = cut(words);
        now = timeIn(cut(words));
        network.advance(now);
        if (verb == "change") {
            const std::uint32_t pipe = parseIndex(cut(words), counters.size());
            network.change(pipe, parseParameters(words));
            continue;
        }
        const std::uint32_t from = parseIndex(words.substr(0, words.find(' ')), network.topology().ports.size());
        PacketRef packet = makePacket(pool, network.topology(), words, id++);
        if (packet) {
            network.send(now, from, std::move(packet));
        } else {
            printer.abandoned(from);
        }
    }
    network.settle(now);
    while (const auto next = network.next()) network.advance(*next);
    for (std::size_t i = 0; i < counters.size(); i++) {
        const auto* words = reinterpret_cast<const std::uint64_t*>(&counters[i]);
        std::printf("pipe");
        for (std::size_t k = 0; k < sizeof(PipeCounters) / sizeof(std::uint64_t); k++)
            std::printf(" %llu", static_cast<unsigned long long>(words[k]));
        std::printf("\n");
    }
}

}  // namespace

int main() {
    try {
        run();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
