// All disks of a run at work, until the control socket closes.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "control.h"
#include "counters.h"
#include "device_holder.h"
#include "disk.h"
#include "io_pool.h"
#include "pace/clock_reader.h"
#include "pace/priority.h"
#include "pace/shared_memory.h"
#include "pace/waiter.h"
#include "protocol.h"

namespace diecast::block {

class Server {
  public:
    // All outlive it. Throws SetupError, or std::invalid_argument from a model.
    Server(const std::vector<PlannedDisk>& plans, const dc_clock_page& clock, Control& control);

    // Makes the devices first, and says so. Throws SetupError.
    void run();

  private:
    void advance();
    void serve(std::uint32_t token);
    void collect();
    void giveUp(std::uint32_t index);
    // Throws SetupError: it has not made the devices, or has ended without being asked to.
    void hearHolder();
    // False: the other side has gone.
    bool obey();
    void execute(const Command& command);
    void tellFinished();

    CountersHeader& header() const noexcept { return *static_cast<CountersHeader*>(memory_.data()); }

    const std::vector<PlannedDisk>& plans_;
    Control& control_;
    pace::SharedMemory memory_;
    pace::ClockReader clock_;
    pace::Duration headStart_{};
    std::vector<std::unique_ptr<Disk>> disks_;
    IoPool io_;                    // behind the disks, whose requests it works on: it ends before they do
    pace::Precedence precedence_;  // after the I/O threads, which are to have none
    pace::Waiter waiter_;
    std::optional<DeviceHolder> holder_;   // until its devices are let go
    std::size_t open_;                     // disks whose devices somebody uses
    std::vector<std::uint64_t> finishes_;  // ids of those who wait for there being none
};

}  // namespace diecast::block
