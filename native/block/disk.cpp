#include "disk.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "pace/setup_error.h"

namespace diecast::block {

namespace {

using disk::Kind;
using pace::VirtualTime;

constexpr int turn = 16;

std::unique_ptr<disk::Model> modelOf(const PlannedDisk& plan) {
    if (!plan.description) return nullptr;
    auto model = disk::makeModel(*plan.description);
    const auto blocks = static_cast<std::int64_t>(plan.bytes / disk::blockBytes);
    if (blocks > model->capacityBlocks())
        throw pace::SetupError(pace::SetupError::Code::Failed, plan.name + ": expected at most the drive's " +
                                                                   std::to_string(model->capacityBlocks()) +
                                                                   " sectors, found " + std::to_string(blocks));
    return model;
}

}  // namespace

Disk::Disk(std::uint32_t index, const PlannedDisk& plan, DiskCounters& counters, const Surroundings& around)
    : index_(index),
      counters_(counters),
      around_(around),
      backing_(plan.directory, plan.bytes),
      file_({plan.bytes, plan.shape.queueDepth, !plan.shape.rotational}),
      model_(modelOf(plan)),
      origin_(around.clock.refresh()),
      latest_(origin_),
      settled_(origin_) {}

void Disk::receive() {
    for (int i = 0; i < turn; i++) {
        auto request = file_.receive();
        if (!request) return;
        take(std::move(*request));
    }
}

void Disk::take(Request request) {
    const std::uint32_t slot = place(std::move(request));
    submit(slot);
    Pending& pending = *pending_[slot];
    pending.ioDone = backing_.performAtOnce(pending.request);
    if (!pending.ioDone) {
        around_.io.submit({&backing_, &pending.request, index_, slot});
    } else if (!pending.modelled) {
        answer(slot);
    }
}

std::uint32_t Disk::place(Request request) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(pending_.size()));
        pending_.push_back(std::make_unique<Pending>());
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    Pending& pending = *pending_[slot];
    const std::uint32_t generation = pending.generation + 1;
    pending = Pending{};
    pending.request = std::move(request);
    pending.generation = generation;
    pending.taken = true;
    return slot;
}

void Disk::submit(std::uint32_t slot) {
    Pending& pending = *pending_[slot];
    const Request& request = pending.request;
    // An empty read or write is none for a drive.
    if (bypass_ || !model_ || (request.carriesData() && request.length == 0)) {
        counters_.bypassed++;
        return;
    }
    pending.modelled = true;
    settle();
    counters_.underWay++;
    latest_ = std::max(latest_, around_.clock.now());
    disk::Request asked;
    asked.id = std::uint64_t{pending.generation} << 32 | slot;
    asked.arrivalNs = modelTime(latest_);
    asked.lbn = static_cast<disk::Lbn>(request.offset / disk::blockBytes);
    asked.blocks = (request.length + disk::blockBytes - 1) / disk::blockBytes;
    asked.kind = request.kind;
    model_->submit(asked);
    look();
}

int Disk::finishIo(const IoJob& job) {
    Pending& pending = *pending_[job.slot];
    pending.ioDone = true;
    pending.error = job.error;
    // The kernel writes zeros instead where it needs them: nothing is lost.
    const bool failed = job.error != 0 && !(pending.request.kind == Kind::Discard && job.error == EOPNOTSUPP);
    if (!pending.modelled || pending.due) {
        if (pending.due) counters_.ioLate++;
        answer(job.slot);
    }
    if (!failed) return 0;
    counters_.errors++;
    return std::exchange(reported_, true) ? 0 : job.error;
}

void Disk::advance() {
    latest_ = std::max(latest_, around_.clock.after(around_.headStart));
    completions_.clear();
    model_->advance(modelTime(latest_), completions_);
    for (const disk::Completion& completion : completions_) complete(completion);
    look();
}

void Disk::complete(const disk::Completion& completion) {
    const auto slot = static_cast<std::uint32_t>(completion.id);
    Pending& pending = *pending_[slot];
    // Answered without the model meanwhile.
    if (!pending.taken || !pending.modelled || pending.generation != completion.id >> 32) return;
    pending.due = origin_ + pace::Duration(completion.completionNs);
    const auto response = completion.completionNs - completion.arrivalNs;
    count(pending.request);
    counters_.serviceVirtualNs += static_cast<std::uint64_t>(completion.completionNs - completion.startNs);
    counters_.responseVirtualNs += static_cast<std::uint64_t>(response);
    pace::record(around_.totals.responseVirtual, response);
    if (pending.ioDone) answer(slot);
}

void Disk::answer(std::uint32_t slot) {
    Pending& pending = *pending_[slot];
    file_.reply(pending.request, pending.error);
    if (pending.due) {
        around_.clock.refresh();
        const auto late = (around_.clock.realSince(*pending.due) + around_.headStart).count();
        pace::record(around_.totals.lateness, late);
        pace::record(counters_.lateness, late);
        counters_.lateRealNs += static_cast<std::uint64_t>(std::max<std::int64_t>(late, 0));
    }
    if (pending.modelled) {
        settle();
        counters_.underWay--;
    }
    pending.taken = false;
    pending.request.buffer.reset();
    free_.push_back(slot);
}

void Disk::count(const Request& request) noexcept {
    switch (request.kind) {
        case Kind::Read:
            counters_.reads++;
            counters_.readBytes += request.length;
            break;
        case Kind::Write:
            counters_.writes++;
            counters_.writtenBytes += request.length;
            break;
        case Kind::Flush:
            counters_.flushes++;
            break;
        case Kind::Discard:
            counters_.discards++;
            counters_.discardedBytes += request.length;
            break;
    }
}

void Disk::bypass(bool on) {
    bypass_ = on;
    if (!on) return;
    for (std::uint32_t slot = 0; slot < pending_.size(); slot++) {
        Pending& pending = *pending_[slot];
        if (!pending.taken || !pending.modelled) continue;
        settle();
        counters_.underWay--;
        pending.modelled = false;
        pending.due.reset();
        if (pending.ioDone) answer(slot);
    }
}

void Disk::settle() noexcept {
    const VirtualTime now = std::max(settled_, around_.clock.now());
    const auto passed = static_cast<std::uint64_t>((now - settled_).count());
    settled_ = now;
    counters_.queueVirtualNs += passed * counters_.underWay;
    if (counters_.underWay > 0) counters_.busyVirtualNs += passed;
}

void Disk::look() noexcept {
    next_.reset();
    if (const auto event = model_->nextEventNs()) next_ = origin_ + pace::Duration(*event);
}

}  // namespace diecast::block
