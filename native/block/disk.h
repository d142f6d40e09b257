// One disk at work: what the kernel asks is done on the backing file, and answered when the model says that the drive
// would have.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "backing.h"
#include "counters.h"
#include "disk/model.h"
#include "fuse_file.h"
#include "io_pool.h"
#include "pace/clock_reader.h"
#include "protocol.h"

namespace diecast::block {

// Owns the file, the model and the requests under way.
class Disk {
  public:
    // What is the same for all disks. All outlive it.
    struct Surroundings {
        pace::ClockReader& clock;
        IoPool& io;
        CountersHeader& totals;
        // Real time that the way to the guest takes: replies leave so much before they are due.
        const pace::Duration& headStart;
    };

    // Throws SetupError, or std::invalid_argument from the model. `index` is given to the I/O threads with each job.
    Disk(std::uint32_t index, const PlannedDisk& plan, DiskCounters& counters, const Surroundings& around);

    FuseFile& file() noexcept { return file_; }

    // Takes some requests from the kernel; one busy disk must not keep the others waiting.
    void receive();
    // Returns an errno of the host's, the first time that there is one.
    int finishIo(const IoJob& job);

    // When advance() has something to do; none where there is no model or nothing is under way.
    std::optional<pace::VirtualTime> next() const noexcept { return next_; }
    // Answers what is due.
    void advance();

    // On: what is under way is answered as soon as it can be, and what comes as well.
    void bypass(bool on);
    // Brings the counters up to date.
    void settle() noexcept;

  private:
    struct Pending {
        Request request;
        std::uint32_t generation = 0;  // how often the place has been used
        bool taken = false;
        bool ioDone = false;
        int error = 0;
        bool modelled = false;
        std::optional<pace::VirtualTime> due;
    };

    void take(Request request);
    std::uint32_t place(Request request);
    void submit(std::uint32_t slot);
    void complete(const disk::Completion& completion);
    void answer(std::uint32_t slot);
    void count(const Request& request) noexcept;
    void look() noexcept;
    disk::TimeNs modelTime(pace::VirtualTime time) const noexcept { return (time - origin_).count(); }

    std::uint32_t index_;
    DiskCounters& counters_;
    Surroundings around_;
    Backing backing_;
    FuseFile file_;
    std::unique_ptr<disk::Model> model_;
    pace::VirtualTime origin_;  // where the model's time begins
    pace::VirtualTime latest_;  // what the model has been told last
    bool bypass_ = true;
    bool reported_ = false;
    std::optional<pace::VirtualTime> next_;
    pace::VirtualTime settled_;
    std::vector<std::unique_ptr<Pending>> pending_;
    std::vector<std::uint32_t> free_;
    std::vector<disk::Completion> completions_;
};

}  // namespace diecast::block
