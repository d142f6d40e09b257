#include "netlink.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "names.h"

namespace diecast::net {

namespace {

unsigned char familyOf(std::span<const std::uint8_t> address) {
    return address.size() == sizeof(Ipv4) ? AF_INET : AF_INET6;
}

}  // namespace

// A message being put together.
class Netlink::Request {
  public:
    template <typename Body>
    Request(std::uint16_t type, std::uint16_t flags, const Body& body) {
        nlmsghdr head{};
        head.nlmsg_type = type;
        head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
        append(&head, sizeof head);
        append(&body, sizeof body);
    }

    Request& with(std::uint16_t type, std::span<const std::uint8_t> value) {
        rtattr attribute{};
        attribute.rta_type = type;
        attribute.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(value.size()));
        append(&attribute, sizeof attribute);
        append(value.data(), value.size());
        return *this;
    }
    Request& with(std::uint16_t type, std::uint32_t value) {
        std::array<std::uint8_t, sizeof value> bytes;
        std::memcpy(bytes.data(), &value, sizeof value);
        return with(type, bytes);
    }

    std::span<const std::uint8_t> finish(std::uint32_t sequence) {
        const auto length = static_cast<std::uint32_t>(bytes_.size());
        std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
        std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof sequence);
        return bytes_;
    }

  private:
    void append(const void* data, std::size_t size) {
        const auto* first = static_cast<const std::uint8_t*>(data);
        bytes_.insert(bytes_.end(), first, first + size);
        bytes_.resize(NLMSG_ALIGN(bytes_.size()));
    }

    std::vector<std::uint8_t> bytes_;
};

Netlink::Netlink() : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
    if (!fd_) throw SetupError::system(errno, "cannot configure network interfaces (netlink socket)");
    // Answers without the request in them.
    const int on = 1;
    (void)setsockopt(fd_.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
}

void Netlink::perform(Request& request, const char* what) {
    const auto message = request.finish(++sequence_);
    if (send(fd_.get(), message.data(), message.size(), 0) < 0) throw SetupError::system(errno, what);
    alignas(nlmsghdr) std::array<char, 4096> answer;
    const ssize_t n = recv(fd_.get(), answer.data(), answer.size(), 0);
    if (n < static_cast<ssize_t>(sizeof(nlmsghdr) + sizeof(nlmsgerr)))
        throw SetupError::system(n < 0 ? errno : EPROTO, what);
    nlmsgerr result{};
    std::memcpy(&result, answer.data() + sizeof(nlmsghdr), sizeof result);
    if (result.error != 0) throw SetupError::system(-result.error, what);
}

int Netlink::indexOf(const std::string& interface) {
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    // The socket tells the namespace.
    if (ioctl(fd_.get(), SIOCGIFINDEX, &request) != 0) throw SetupError::system(errno, interface);
    return request.ifr_ifindex;
}

void Netlink::setUp(int interface) {
    ifinfomsg body{};
    body.ifi_index = interface;
    body.ifi_flags = body.ifi_change = IFF_UP;
    Request request(RTM_NEWLINK, NLM_F_ACK, body);
    perform(request, "cannot bring an interface up");
}

void Netlink::setUp(int interface, const Link& link) {
    ifinfomsg body{};
    body.ifi_index = interface;
    body.ifi_flags = body.ifi_change = IFF_UP;
    Request request(RTM_NEWLINK, NLM_F_ACK, body);
    request.with(IFLA_ADDRESS, link.mac).with(IFLA_MTU, link.mtu).with(IFLA_TXQLEN, link.queuePackets);
    perform(request, "cannot set an interface up");
}

void Netlink::addAddress(int interface, std::span<const std::uint8_t> address, std::uint8_t prefix) {
    ifaddrmsg body{};
    body.ifa_family = familyOf(address);
    body.ifa_prefixlen = prefix;
    body.ifa_scope = RT_SCOPE_UNIVERSE;
    body.ifa_index = static_cast<std::uint32_t>(interface);
    // The plan gives each address once: waiting a second of real time for a duplicate to show up is of no use.
    if (body.ifa_family == AF_INET6) body.ifa_flags = IFA_F_NODAD;
    Request request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, body);
    request.with(IFA_LOCAL, address).with(IFA_ADDRESS, address);
    perform(request, "cannot give an interface its address");
}

void Netlink::addRoute(int interface, const Route& route) {
    // The kernel's own routes of an interface have this metric in IPv6 (IP6_RT_PRIO_ADDRCONF), and none in IPv4.
    constexpr std::uint32_t kernelMetric = 256;
    rtmsg body{};
    body.rtm_family = familyOf(route.network);
    body.rtm_dst_len = route.prefix;
    body.rtm_table = RT_TABLE_MAIN;
    body.rtm_protocol = RTPROT_STATIC;
    body.rtm_scope = RT_SCOPE_LINK;
    body.rtm_type = RTN_UNICAST;
    Request request(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, body);
    request.with(RTA_DST, route.network).with(RTA_OIF, static_cast<std::uint32_t>(interface));
    if (!route.source.empty()) request.with(RTA_PREFSRC, route.source);
    if (body.rtm_family == AF_INET6) request.with(RTA_PRIORITY, kernelMetric);
    if (route.leastRetransmissionMs) {
        // Each metric is an attribute of its own inside; it counts only if it is locked.
        struct {
            rtattr lockHead{RTA_LENGTH(sizeof(std::uint32_t)), RTAX_LOCK};
            std::uint32_t lock = 1u << RTAX_RTO_MIN;
            rtattr valueHead{RTA_LENGTH(sizeof(std::uint32_t)), RTAX_RTO_MIN};
            std::uint32_t value = 0;
        } metrics;
        metrics.value = *route.leastRetransmissionMs;
        std::array<std::uint8_t, sizeof metrics> bytes;
        std::memcpy(bytes.data(), &metrics, sizeof metrics);
        request.with(RTA_METRICS, bytes);
    }
    perform(request, "cannot add a route");
}

}  // namespace diecast::net
