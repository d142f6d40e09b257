// The emulation at work: moves frames between the guests' interfaces and the model, on time, until the control socket
// closes.
#pragma once

#include <deque>
#include <vector>

#include "budget.h"
#include "control.h"
#include "counter_memory.h"
#include "names.h"
#include "namespaces.h"
#include "network.h"
#include "protocol.h"

namespace diecast::net {

class Core final : private Receiver {
  public:
    // All outlive it. Throws SetupError.
    Core(Setup setup, Namespaces& namespaces, CounterMemory& counters, const dc_clock_page& clock, Control& control,
         Precedence& precedence);

    void run();

  private:
    void receive(std::uint32_t port, Packet& packet, VirtualTime due) override;
    void abandoned(std::uint32_t source) override;

    void advance();
    // To the guest.
    void hand(std::uint32_t port, Frame frame);
    // Takes some frames from a guest; one that floods must not keep the others waiting.
    void readPort(std::uint32_t port);
    void take(std::uint32_t port, PacketRef packet);
    bool answer(std::uint32_t port, Frame question);
    void giveUp(std::uint32_t port);

    // False: the other side has gone.
    bool obey();
    void execute(const Command& command);
    // Asks the kernel for one interface's counters, if someone wants to know: all at once would hold packets up.
    void countOn();

    Namespaces& namespaces_;
    CounterMemory& counters_;
    Control& control_;
    Precedence& precedence_;
    ClockReader clock_;
    PacketPool pool_;
    Network network_;
    Waiter waiter_;
    std::vector<Budget> floods_;        // by port
    std::vector<std::uint8_t> waste_;   // for frames there is no memory for
    std::deque<std::uint64_t> counts_;  // ids of those who asked
    std::uint32_t countedPorts_ = 0;
};

}  // namespace diecast::net
