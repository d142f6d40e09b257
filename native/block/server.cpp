#include "server.h"

#include <cstring>

namespace diecast::block {

namespace {

using pace::VirtualTime;

constexpr std::uint32_t controlToken = UINT32_MAX - 1;
constexpr std::uint32_t ioToken = UINT32_MAX - 2;
constexpr std::uint32_t holderToken = UINT32_MAX - 3;

// They sleep in the host's disk; more of them than that has no queue for help nobody.
constexpr unsigned ioThreads = 8;

}  // namespace

Server::Server(const std::vector<PlannedDisk>& plans, const dc_clock_page& clock, Control& control)
    : plans_(plans),
      control_(control),
      memory_(sizeof(CountersHeader) + plans.size() * sizeof(DiskCounters)),
      clock_(clock),
      io_(ioThreads),
      open_(plans.size()) {
    header().magic = CountersHeader::theMagic;
    header().version = CountersHeader::theVersion;
    header().disks = plans.size();
    auto* const counters = reinterpret_cast<DiskCounters*>(&header() + 1);
    for (std::uint32_t i = 0; i < plans.size(); i++) {
        disks_.push_back(
            std::make_unique<Disk>(i, plans[i], counters[i], Disk::Surroundings{clock_, io_, header(), headStart_}));
    }
    waiter_.add(control.fd(), controlToken);
    waiter_.add(io_.fd(), ioToken);
}

void Server::run() {
    std::vector<FuseFile*> files;
    for (const auto& disk : disks_) files.push_back(&disk->file());
    holder_.emplace(plans_, files, control_.fd());
    waiter_.add(holder_->fd(), holderToken);
    // Only now: before it is mounted nothing can be waited for on a connection.
    for (std::uint32_t i = 0; i < disks_.size(); i++) waiter_.add(disks_[i]->file().fd(), i);
    while (true) {
        advance();
        precedence_.follow(clock_.real());
        std::optional<VirtualTime> next;
        for (const auto& disk : disks_) {
            if (disk->next() && (!next || *disk->next() < *next)) next = disk->next();
        }
        auto deadline = next ? clock_.realAt(*next) : std::nullopt;
        if (deadline) *deadline -= headStart_;
        for (const std::uint32_t token : waiter_.wait(deadline)) {
            if (token == controlToken) {
                if (!obey()) return;
            } else {
                serve(token);
            }
        }
    }
}

void Server::advance() {
    clock_.refresh();
    const VirtualTime horizon = clock_.after(headStart_);
    for (const auto& disk : disks_) {
        if (disk->next() && *disk->next() <= horizon) disk->advance();
    }
}

void Server::serve(std::uint32_t token) {
    if (token == holderToken) {
        // Else it has been let go meanwhile.
        if (holder_) hearHolder();
    } else if (token == ioToken) {
        collect();
    } else {
        advance();
        Disk& disk = *disks_[token];
        disk.receive();
        if (disk.file().gone()) giveUp(token);
    }
}

// Whatever still wants something of it gets an error from the kernel, rather than to wait for ever.
void Server::giveUp(std::uint32_t index) {
    FuseFile& file = disks_[index]->file();
    if (const int error = file.failure())
        control_.broken(index,
                        "the kernel's requests cannot be read: " + std::string(strerror(error)) + " (/dev/fuse)");
    waiter_.remove(file.fd());
    file.close();
    open_--;
    tellFinished();
}

void Server::collect() {
    clock_.refresh();
    for (const IoJob& job : io_.collect()) {
        if (const int error = disks_[job.disk]->finishIo(job)) {
            control_.broken(job.disk, "the host could not keep what was written, or read it: " +
                                          std::string(strerror(error)) + " (" + plans_[job.disk].directory + ")");
        }
    }
}

void Server::hearHolder() {
    const DeviceHolder::Report report = holder_->report();
    headStart_ = report.path;
    header().pathRealNs = static_cast<std::uint64_t>(headStart_.count());
    control_.ready({report.devices, memory_.fd(), precedence_.realTime()});
}

bool Server::obey() {
    const auto lines = control_.receive(false);
    if (!lines) return false;
    for (const std::string& line : *lines) {
        try {
            execute(parseCommand(line));
        } catch (const pace::ProtocolError& error) {
            control_.warning(error.what());
        }
    }
    return true;
}

void Server::execute(const Command& command) {
    if (const auto* bypass = std::get_if<Bypass>(&command)) {
        clock_.refresh();
        for (const auto& disk : disks_) disk->bypass(bypass->on);
        control_.done(bypass->id);
    } else if (const auto* kick = std::get_if<Kick>(&command)) {
        // The clock is read anew before each wait: having been woken is enough.
        control_.done(kick->id);
    } else if (const auto* count = std::get_if<Count>(&command)) {
        clock_.refresh();
        for (const auto& disk : disks_) disk->settle();
        header().cpuRealNs = static_cast<std::uint64_t>(pace::processorTime().count());
        control_.done(count->id);
    } else if (const auto* finish = std::get_if<Finish>(&command)) {
        if (holder_) {
            waiter_.remove(holder_->fd());
            holder_.reset();
        }
        finishes_.push_back(finish->id);
        tellFinished();
    }
}

void Server::tellFinished() {
    if (open_ > 0) return;
    for (const std::uint64_t id : finishes_) control_.done(id);
    finishes_.clear();
}

}  // namespace diecast::block
