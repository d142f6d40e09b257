#include "namespaces.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <thread>

#include "names.h"
#include "netlink.h"
#include "tap.h"

namespace diecast::net {

namespace {

constexpr int loopback = 1;

// What the device holds until it is read: so much that it does not overflow while this process is held up for some
// milliseconds; what a guest may send at once is decided by its first pipe.
constexpr std::uint32_t devicePackets = 4096;

clock::Fd thisNamespace() {
    clock::Fd fd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!fd) throw SetupError::system(errno, "/proc/thread-self/ns/net");
    return fd;
}

// /proc/sys/net shows the namespace of the thread that opens.
void writeSysctl(const std::string& path, const std::string& value, std::set<std::string>& skipped) {
    const clock::Fd fd(open(("/proc/sys/net/" + path).c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || write(fd.get(), value.data(), value.size()) < 0) skipped.insert(path + ": " + strerror(errno));
}

// Defaults of the neighbour tables exist in the host's first namespace only: elsewhere each interface has its own
// values.
constexpr std::string_view neighbourDefault = "/neigh/default/";

bool isOfInterface(const std::string& path) {
    return path.find(neighbourDefault) != std::string::npos;
}

std::string pathOf(std::string path, const std::string& interface) {
    constexpr std::string_view part = "default";
    return path.replace(path.find(neighbourDefault) + neighbourDefault.size() - part.size() - 1, part.size(),
                        interface);
}

void enterNewNamespace() {
    if (unshare(CLONE_NEWNET) == 0) return;
    const char* const what = "cannot make a network namespace";
    // Not room on a disk, which is what it means elsewhere.
    if (errno == ENOSPC)
        throw SetupError(SetupError::Code::Failed, std::string(what) + ": there are as many as may be",
                         "raise the limit in /proc/sys/user/max_net_namespaces");
    throw SetupError::system(errno, what);
}

constexpr std::string_view rtoMin = "ipv4/tcp_rto_min_us";

// TCP's least retransmission timeout in ms, if it has to be a property of routes: before Linux 6.11 there is no sysctl.
std::optional<std::uint32_t> rtoMinOfRoutes(const Setup& setup) {
    const auto setting = std::ranges::find(setup.sysctls, rtoMin, &std::pair<std::string, std::string>::first);
    if (setting == setup.sysctls.end() || access(("/proc/sys/net/" + setting->first).c_str(), F_OK) == 0)
        return std::nullopt;
    const unsigned long us = std::strtoul(setting->second.c_str(), nullptr, 10);
    return static_cast<std::uint32_t>(us / 1000);
}

template <std::size_t size>
std::array<std::uint8_t, size> networkOf(std::array<std::uint8_t, size> address, unsigned prefix) {
    for (std::size_t i = 0; i < size; i++) {
        const unsigned left = prefix > i * 8 ? std::min<unsigned>(prefix - static_cast<unsigned>(i) * 8, 8) : 0;
        address[i] &= static_cast<std::uint8_t>(0xff00u >> left);
    }
    return address;
}

template <typename Address>
void addAddresses(Netlink& netlink, int interface, const Address& address, std::uint8_t prefix,
                  const std::vector<Address>& hosts, std::optional<std::uint32_t> rtoMinMs) {
    constexpr std::uint8_t wholePrefix = sizeof(Address) * 8;
    netlink.addAddress(interface, address, prefix);
    if (rtoMinMs && prefix < wholePrefix) {
        const Address network = networkOf(address, prefix);
        netlink.addRoute(interface, {network, prefix, address, rtoMinMs});
    }
    for (const Address& host : hosts) netlink.addRoute(interface, {host, wholePrefix, address, rtoMinMs});
}

void setUpInterface(const PlannedPort& plan, Netlink& netlink, std::optional<std::uint32_t> rtoMinMs) {
    const int interface = netlink.indexOf(plan.interface);
    netlink.setUp(interface, {plan.mac, plan.mtu, devicePackets});
    if (plan.ipv4) addAddresses(netlink, interface, *plan.ipv4, plan.ipv4Prefix, plan.hosts4, rtoMinMs);
    if (plan.ipv6) addAddresses(netlink, interface, *plan.ipv6, plan.ipv6Prefix, plan.hosts6, rtoMinMs);
}

Port makePort(const PlannedPort& plan, Netlink& netlink, std::optional<std::uint32_t> rtoMinMs) {
    clock::Fd tap = openTap(plan.interface);
    setUpInterface(plan, netlink, rtoMinMs);
    return {std::move(tap), plan.guest, plan.interface};
}

// Enters a new namespace with a guest's settings. Before any interface: they begin with what is set as default.
clock::Fd enterGuestNamespace(const Setup& setup, std::set<std::string>& skipped) {
    enterNewNamespace();
    for (const auto& [path, value] : setup.sysctls) {
        if (!isOfInterface(path)) writeSysctl(path, value, skipped);
    }
    return thisNamespace();
}

void writeInterfaceSysctls(const Setup& setup, const std::string& interface, std::set<std::string>& skipped) {
    for (const auto& [path, value] : setup.sysctls) {
        if (isOfInterface(path)) writeSysctl(pathOf(path, interface), value, skipped);
    }
}

// Does something to a port; what goes wrong is told with the guest's name.
template <typename Act>
void toPort(const Setup& setup, const PlannedPort& port, Act act) {
    try {
        act();
    } catch (const SetupError& error) {
        throw SetupError(error.code, setup.guests[port.guest] + ", " + port.interface + ": " + error.what(),
                         error.remedy);
    }
}

std::vector<std::vector<std::uint32_t>> portsByGuest(const Setup& setup) {
    const auto& plans = setup.topology.ports;
    std::vector<std::vector<std::uint32_t>> portsOf(setup.guests.size());
    for (std::uint32_t i = 0; i < plans.size(); i++) portsOf[plans[i].guest].push_back(i);
    return portsOf;
}

// Removing an interface takes the kernel 17 ms of waiting, one by one, but many can wait at the same time.
void closeTogether(std::vector<Port>& ports) {
    constexpr std::size_t mostThreads = 256;
    std::atomic<std::size_t> next{0};
    const auto closeSome = [&] {
        for (std::size_t i; (i = next++) < ports.size();) ports[i].tap.reset();
    };
    std::vector<std::thread> threads;
    try {
        while (threads.size() < std::min(ports.size(), mostThreads)) threads.emplace_back(closeSome);
    } catch (const std::system_error&) {
        // Fewer do it too.
    }
    closeSome();
    for (std::thread& thread : threads) thread.join();
}

}  // namespace

Namespaces::~Namespaces() {
    closeTogether(ports);
}

Namespaces makeNamespaces(const Setup& setup, const std::function<bool()>& goOn) {
    Namespaces made;
    std::set<std::string> skipped;
    const auto& plans = setup.topology.ports;
    const auto portsOf = portsByGuest(setup);
    made.ports.resize(plans.size());
    made.guests.reserve(setup.guests.size());

    for (std::size_t guest = 0; guest < setup.guests.size() && goOn(); guest++) {
        made.guests.push_back({enterGuestNamespace(setup, skipped), DeviceFile()});
        const std::optional<std::uint32_t> rtoMinMs = rtoMinOfRoutes(setup);
        Netlink netlink;
        netlink.setUp(loopback);
        for (const std::uint32_t port : portsOf[guest]) {
            toPort(setup, plans[port], [&] { made.ports[port] = makePort(plans[port], netlink, rtoMinMs); });
            writeInterfaceSysctls(setup, plans[port].interface, skipped);
        }
    }
    // Out of the last guest's, which is to end with the guest.
    enterNewNamespace();
    made.skippedSysctls.assign(skipped.begin(), skipped.end());
    return made;
}

BareNamespaces makeBareNamespaces(const Setup& setup, const std::function<bool()>& goOn) {
    BareNamespaces made;
    for (std::size_t guest = 0; guest < setup.guests.size() && goOn(); guest++) {
        made.guests.push_back(enterGuestNamespace(setup, made.skippedSysctls));
        Netlink().setUp(loopback);
    }
    for (std::size_t i = 0; i < setup.topology.tables.size() && goOn(); i++) {
        enterNewNamespace();
        made.switches.push_back(thisNamespace());
    }
    enterNewNamespace();
    return made;
}

void setUpInterfaces(const Setup& setup, BareNamespaces& namespaces) {
    const auto portsOf = portsByGuest(setup);
    for (std::size_t guest = 0; guest < namespaces.guests.size(); guest++) {
        if (portsOf[guest].empty()) continue;
        if (setns(namespaces.guests[guest].get(), CLONE_NEWNET) != 0)
            throw SetupError::system(errno, "cannot enter the network namespace of " + setup.guests[guest]);
        const std::optional<std::uint32_t> rtoMinMs = rtoMinOfRoutes(setup);
        Netlink netlink;
        for (const std::uint32_t port : portsOf[guest]) {
            const PlannedPort& plan = setup.topology.ports[port];
            toPort(setup, plan, [&] { setUpInterface(plan, netlink, rtoMinMs); });
            writeInterfaceSysctls(setup, plan.interface, namespaces.skippedSysctls);
        }
    }
}

}  // namespace diecast::net
