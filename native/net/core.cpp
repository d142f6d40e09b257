#include "core.h"

#include <unistd.h>

#include <cerrno>

#include "names.h"

namespace diecast::net {

namespace {

constexpr std::uint32_t controlToken = UINT32_MAX - 1;

// Frames taken from one guest before others have their turn, and the time that may take; what is due meanwhile is
// delivered every few frames.
constexpr int turn = 32;
constexpr Duration turnTime = std::chrono::microseconds(50);
constexpr int batch = 8;

// Copies that one guest's broadcasts may make. In a network of a thousand, one frame becomes a thousand; a guest that
// floods them would take all of this process's time.
constexpr Budget floodBudget(20'000, 20'000);

}  // namespace

Core::Core(Setup setup, Namespaces& namespaces, CounterMemory& counters, const dc_clock_page& clock, Control& control,
           Precedence& precedence)
    : namespaces_(namespaces),
      counters_(counters),
      control_(control),
      precedence_(precedence),
      clock_(clock),
      pool_(setup.packetMemoryBytes, setup.topology.ports.size()),
      network_(std::move(setup.topology), setup.seed, counters.pipes(), pool_, *this),
      floods_(namespaces.ports.size(), floodBudget),
      waste_(PacketPool::mostFrameBytes) {
    for (std::uint32_t i = 0; i < namespaces.ports.size(); i++) waiter_.add(namespaces.ports[i].tap.get(), i);
    waiter_.add(control.fd(), controlToken);
}

void Core::run() {
    while (true) {
        advance();
        precedence_.follow(clock_.real());
        countOn();
        const auto next = network_.next();
        const auto ready = counts_.empty() ? waiter_.wait(next ? clock_.realAt(*next) : std::nullopt) : waiter_.look();
        for (const std::uint32_t token : ready) {
            if (token == controlToken) {
                if (!obey()) return;
            } else {
                readPort(token);
            }
        }
    }
}

void Core::advance() {
    network_.advance(clock_.refresh());
}

void Core::receive(std::uint32_t port, Packet& packet, VirtualTime due) {
    clock_.refresh();
    record(counters_.header().lateness, clock_.realSince(due).count());
    hand(port, packet.frame());
}

void Core::hand(std::uint32_t port, Frame frame) {
    PortCounters& counters = counters_.ports()[port];
    if (write(namespaces_.ports[port].tap.get(), frame.data(), frame.size()) < 0) {
        counters.refused++;
        return;
    }
    counters.receivedPackets++;
    counters.receivedBytes += frame.size();
}

void Core::abandoned(std::uint32_t source) {
    counters_.ports()[source].refused++;
}

void Core::readPort(std::uint32_t port) {
    advance();
    const int tap = namespaces_.ports[port].tap.get();
    // A tag for a virtual LAN comes on top of the MTU.
    const std::size_t most = network_.topology().ports[port].mtu + ethernetHeaderBytes + 4;
    const RealTime begin = clock_.real();
    for (int i = 1; i <= turn && clock_.real() - begin < turnTime; i++) {
        if (i % batch == 0) advance();
        PacketRef packet = pool_.allocate(port, most);
        std::uint8_t* const data = packet ? packet->data() : waste_.data();
        const ssize_t n = read(tap, data, packet ? packet->capacity : waste_.size());
        if (n < 0) {
            if (errno != EAGAIN && errno != EINTR) giveUp(port);
            return;
        }
        if (n < static_cast<ssize_t>(ethernetHeaderBytes)) continue;
        PortCounters& counters = counters_.ports()[port];
        counters.sentPackets++;
        counters.sentBytes += static_cast<std::uint64_t>(n);
        // Larger than planned: the guest has changed its interface's MTU, and the rest is cut off.
        if (!packet || static_cast<std::size_t>(n) > most) {
            counters.refused++;
            continue;
        }
        packet->length = static_cast<std::uint32_t>(n);
        take(port, std::move(packet));
    }
}

void Core::take(std::uint32_t port, PacketRef packet) {
    const VirtualTime now = clock_.refresh();
    const Frame frame = packet->frame();
    const std::uint64_t destination = destinationOf(frame);
    if (answer(port, frame)) return;
    if (isGroup(destination)) {
        if (isMembershipReport(frame)) return;
        if (!floods_[port].take(network_.copiesOf(destination), clock_.real())) {
            counters_.ports()[port].refused++;
            return;
        }
    }
    network_.send(now, port, std::move(packet));
}

bool Core::answer(std::uint32_t port, Frame frame) {
    const auto question = questionIn(frame);
    if (!question) return false;
    const auto owner = network_.ownerOf(*question, port);
    if (!owner) return false;
    std::array<std::uint8_t, answerBytes> reply;
    hand(port, Frame(reply).first(writeAnswer(frame, *owner, reply)));
    return true;
}

// A guest with the right to may remove its own interface; it then has none for the rest of the run.
void Core::giveUp(std::uint32_t port) {
    Port& lost = namespaces_.ports[port];
    waiter_.remove(lost.tap.get());
    control_.warning("port " + std::to_string(port) + ": the interface was removed from inside the guest");
}

bool Core::obey() {
    const auto lines = control_.receive(false);
    if (!lines) return false;
    for (const std::string& line : *lines) {
        try {
            execute(parseCommand(line, network_.topology().pipes.size()));
        } catch (const ProtocolError& error) {
            control_.warning(error.what());
        }
    }
    return true;
}

void Core::execute(const Command& command) {
    if (const auto* change = std::get_if<Change>(&command)) {
        network_.change(change->pipe, change->parameters);
        control_.done(change->id);
    } else if (const auto* kick = std::get_if<Kick>(&command)) {
        // The clock is read anew before each wait: having been woken is enough.
        control_.done(kick->id);
    } else if (const auto* count = std::get_if<Count>(&command)) {
        if (counts_.empty()) countedPorts_ = 0;
        counts_.push_back(count->id);
    }
}

void Core::countOn() {
    if (counts_.empty()) return;
    if (countedPorts_ < namespaces_.ports.size()) {
        const Port& port = namespaces_.ports[countedPorts_];
        counters_.ports()[countedPorts_].overflow = namespaces_.guests[port.guest].devices.dropped(port.interface);
        countedPorts_++;
        return;
    }
    network_.settle(clock_.refresh());
    counters_.header().cpuRealNs = static_cast<std::uint64_t>(processorTime().count());
    for (const std::uint64_t id : counts_) control_.done(id);
    counts_.clear();
}

}  // namespace diecast::net
