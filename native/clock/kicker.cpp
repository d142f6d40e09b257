#include "kicker.h"

#include <cerrno>
#include <string>
#include <utility>

#include "guest_image.h"
#include "interruption.h"
#include "proc_files.h"
#include "process_tree.h"
#include "tracee.h"

namespace diecast::clock {

namespace {

constexpr auto look = std::chrono::milliseconds(1);
// A thread that has not stopped by then sleeps uninterruptibly, and so not in one of our waits.
constexpr auto patience = std::chrono::milliseconds(5);
constexpr int mostLooks = 100;

// Other calls of the guest code wait for no moment, and an interruption could make them fail.
bool inTimedWait(const ThreadActivity& activity) {
    return activity.instructionPointer == guestImage().waitEnd;
}

}  // namespace

Kicker::Kicker(pid_t root, const dc_clock_page& page, std::function<bool(pid_t)> busy, SupervisorEvents& events)
    : root_(root), page_(page), busy_(std::move(busy)), events_(events), followed_(readMapping(page)) {}

// As guests read it: whoever changes the page does so in another process.
Kicker::Mapping Kicker::readMapping(const dc_clock_page& page) {
    while (true) {
        const std::uint32_t sequence = __atomic_load_n(&page.sequence, __ATOMIC_ACQUIRE);
        const Mapping mapping{page.now, page.generation};
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (sequence % 2 == 0 && __atomic_load_n(&page.sequence, __ATOMIC_RELAXED) == sequence) return mapping;
    }
}

void Kicker::kick(std::uint64_t id) {
    waiting_.push_back(id);
    advance();
}

void Kicker::follow() {
    if (!job_) followed_ = readMapping(page_);
}

bool Kicker::holds(pid_t tid) const {
    return lingering_.contains(tid) ||
           (job_ && (job_->stopping.contains(tid) || (job_->rearm && job_->rearm->tid() == tid)));
}

// ---- Waits ----

void Kicker::begin(std::uint64_t id) {
    job_.emplace();
    job_->id = id;
    job_->mapping = readMapping(page_);
    job_->processes = descendantsOf(root_);
    for (const pid_t pid : job_->processes) {
        for (const pid_t tid : threadsOf(pid)) consider(pid, tid);
    }
}

void Kicker::consider(pid_t process, pid_t tid) {
    if (holds(tid)) return;
    if (busy_(process)) {
        postpone(process, tid);
        return;
    }
    const ThreadActivity activity = blockedIn(tid);
    if (activity.kind == ThreadActivity::Kind::Gone) return;
    if (activity.kind == ThreadActivity::Kind::Blocked && !inTimedWait(activity)) return;
    const int error = seize(tid);
    if (error == 0) {
        job_->stopping.emplace(tid, Clock::now());
        (void)interrupt(tid);  // if it has been killed, that will be reported
    } else if (error != ESRCH) {
        report(tid);
    }
}

void Kicker::postpone(pid_t process, pid_t tid) {
    if (job_->looks[tid]++ < mostLooks) job_->postponed.emplace(tid, process);
}

void Kicker::report(pid_t tid) {
    const pid_t tracer = tracerOf(tid);
    if (tracer == 0) return;  // it has just ended
    events_.warn("process " + std::to_string(tid) + " (" + nameOf(tid) + ") is traced by " + std::to_string(tracer) +
                 " (" + nameOf(tracer) + "): its waits and timers under way keep the former rate");
}

void Kicker::onWaiterStop(StoppedThread& thread, int signal) {
    thread.passOn(signal);
    const GuestImage& image = guestImage();
    Registers registers = thread.registers();
    if (registers.rip >= image.waitBegin && registers.rip < image.waitEnd) {
        registers.rip = image.waitBegin;
    } else if (handlerDue(thread.tid(), signal)) {
        // The handler may have the wait restarted as it was: then it is still to be kicked.
        if (job_ && registers.rip == image.waitEnd) postpone(processOf(thread.tid()), thread.tid());
        return;
    } else if (!undoInterruption(registers)) {
        return;
    }
    thread.setRegisters(registers);
}

// ---- Timers ----

void Kicker::beginTimers() {
    job_->timersBegun = true;
    const Mapping before = std::exchange(followed_, job_->mapping);
    // A kick without a change, or a second one for the same: moved again, timers would go wrong.
    if (before.generation == followed_.generation) return;
    moveTimerfds(job_->processes, {before.mapping, followed_.mapping});
    job_->rearms.assign(job_->processes.begin(), job_->processes.end());
}

// True if there is more to do at once. One process at a time: a child of vfork shares its parent's memory, and so the
// stack of the call.
bool Kicker::beginRearm() {
    std::size_t postponed = 0;
    while (postponed < job_->rearms.size()) {
        const pid_t pid = job_->rearms.front();
        job_->rearms.pop_front();
        Rearm rearm;
        const auto started =
            busy_(pid) ? Rearm::Start::Later : rearm.start(pid, [this](pid_t tid) { return holds(tid); });
        if (started == Rearm::Start::Started) {
            job_->rearm = rearm;
            return true;
        }
        if (started == Rearm::Start::Impossible) report(pid);
        if (started == Rearm::Start::Later) {
            job_->rearms.push_back(pid);
            postponed++;
        }
    }
    return false;
}

// ---- Progress ----

void Kicker::advance() {
    while (true) {
        if (!job_) {
            if (waiting_.empty()) return;
            begin(waiting_.front());
            waiting_.pop_front();
        }
        next_ = Clock::now() + look;
        if (!job_->stopping.empty() || !job_->postponed.empty()) return;
        if (!job_->timersBegun) beginTimers();
        if (job_->rearm || beginRearm() || !job_->rearms.empty()) return;
        const std::uint64_t id = job_->id;
        job_.reset();
        events_.kicked(id);
    }
}

void Kicker::onStop(pid_t tid, int signal) {
    try {
        StoppedThread thread(tid);
        if (job_ && job_->rearm && job_->rearm->tid() == tid) {
            const auto progress = job_->rearm->onStop(thread, signal);
            if (progress == Rearm::Progress::Going) return;
            if (progress == Rearm::Progress::Later) job_->rearms.push_back(job_->rearm->pid());
            job_->rearm.reset();
        } else {
            onWaiterStop(thread, signal);
            lingering_.erase(tid);
            if (job_) job_->stopping.erase(tid);
        }
    } catch (const ThreadGone&) {
        forget(tid);
        return;
    }
    advance();
}

void Kicker::forget(pid_t tid) {
    lingering_.erase(tid);
    if (!job_) return;
    job_->stopping.erase(tid);
    job_->postponed.erase(tid);
    if (job_->rearm && job_->rearm->tid() == tid) {
        job_->rearms.push_back(job_->rearm->pid());  // it may have other threads
        job_->rearm.reset();
    }
    advance();
}

std::optional<Kicker::Clock::time_point> Kicker::deadline() const {
    return job_ ? std::optional(next_) : std::nullopt;
}

void Kicker::tick() {
    if (!job_ || Clock::now() < next_) return;
    for (const auto& [tid, process] : std::exchange(job_->postponed, {})) consider(process, tid);
    for (auto next = job_->stopping.begin(); next != job_->stopping.end();) {
        const auto current = next++;
        if (Clock::now() - current->second < patience) continue;
        const ThreadActivity activity = blockedIn(current->first);
        if (activity.kind == ThreadActivity::Kind::Running || inTimedWait(activity)) continue;
        lingering_.insert(current->first);
        job_->stopping.erase(current);
    }
    advance();
}

}  // namespace diecast::clock
