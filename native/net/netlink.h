// The few requests to the kernel's rtnetlink that set an interface up. Bound to the network namespace it was made in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "clock/fd.h"
#include "frame.h"

namespace diecast::net {

class Netlink {
  public:
    // All throw SetupError.
    Netlink();

    int indexOf(const std::string& interface);
    struct Link {
        Mac mac;
        std::uint32_t mtu;
        std::uint32_t queuePackets;  // what the device holds until it is read
    };
    void setUp(int interface);
    void setUp(int interface, const Link& link);
    void addAddress(int interface, std::span<const std::uint8_t> address, std::uint8_t prefix);
    struct Route {
        std::span<const std::uint8_t> network;
        std::uint8_t prefix;
        std::span<const std::uint8_t> source;                // the interface's own address
        std::optional<std::uint32_t> leastRetransmissionMs;  // TCP's, where there is no sysctl for it
    };
    // Directly on the interface; in place of the one the kernel has made for the same network, if it has.
    void addRoute(int interface, const Route& route);

  private:
    class Request;
    void perform(Request& request, const char* what);

    clock::Fd fd_;
    std::uint32_t sequence_ = 0;
};

}  // namespace diecast::net
