// The emulated Ethernet: takes frames from ports, passes them through pipes and switches, and says when which frame
// reaches which port. It knows virtual time only, and does nothing by itself.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "counters.h"
#include "names.h"
#include "packet.h"
#include "pipe.h"
#include "topology.h"

namespace diecast::net {

// Takes what arrives.
class Receiver {
  public:
    virtual ~Receiver() = default;
    // `due`: when it arrives in the model.
    virtual void receive(std::uint32_t port, Packet& packet, VirtualTime due) = 0;
    // A packet was given up for want of memory; `source` sent it.
    virtual void abandoned(std::uint32_t source) = 0;
};

class Network {
  public:
    // `counters` (one for each pipe), the pool and the receiver outlive it.
    Network(Topology topology, std::uint64_t seed, PipeCounters* counters, PacketPool& pool, Receiver& receiver);
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;
    ~Network();

    // A port's guest has sent a frame.
    void send(VirtualTime now, std::uint32_t port, PacketRef packet);
    // Does all that is due by now.
    void advance(VirtualTime now);
    std::optional<VirtualTime> next() const noexcept;

    void change(std::uint32_t pipe, const Parameters& parameters) { pipes_[pipe].model.change(parameters); }
    // Brings the counters up to date.
    void settle(VirtualTime now) noexcept;

    // Who answers a question for an address's owner that a port has asked: nobody, if no route leads there.
    std::optional<Mac> ownerOf(const Question& question, std::uint32_t asker) const;
    // How many ports a frame may come out of.
    std::uint32_t copiesOf(std::uint64_t destination) const;

    const Topology& topology() const noexcept { return topology_; }

  private:
    struct Flight {
        Packet* packet;
        std::uint32_t pipe;
    };
    struct Line {
        Pipe model;
        std::uint32_t from;  // the switch, or nowhere: a port
    };
    struct Bytes {
        std::size_t operator()(const Ipv6& address) const noexcept;
    };

    void enter(VirtualTime now, std::uint32_t pipe, PacketRef packet);
    void forward(VirtualTime now, std::uint32_t atSwitch, std::uint32_t cameBy, PacketRef packet);
    void flood(VirtualTime now, std::uint32_t atSwitch, PacketRef packet);
    std::uint32_t routeTo(std::uint32_t atSwitch, std::uint32_t port) const noexcept {
        return topology_.tables[atSwitch][port];
    }

    Topology topology_;
    PacketPool& pool_;
    Receiver& receiver_;
    std::vector<Line> pipes_;
    std::vector<std::uint32_t> outOfPort_;                 // by port: the pipe that begins there
    std::vector<std::vector<std::uint32_t>> outOfSwitch_;  // by switch
    std::unordered_map<std::uint64_t, std::uint32_t> portByMac_;
    std::unordered_map<std::uint32_t, std::uint32_t> portByIpv4_;
    std::unordered_map<Ipv6, std::uint32_t, Bytes> portByIpv6_;
    Deadlines<Flight> flights_;
};

}  // namespace diecast::net
