#include "io_pool.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "pace/setup_error.h"

namespace diecast::block {

IoPool::IoPool(unsigned threads) : done_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!done_) throw pace::SetupError::system(errno, "eventfd");
    threads_.reserve(threads);
    try {
        for (unsigned i = 0; i < threads; i++) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
        // There is no destructor for what is not complete, and a thread that nobody waits for ends the process.
        end();
        throw pace::SetupError::system(error.code().value(),
                                       "cannot start the threads that read and write disks' files");
    }
}

IoPool::~IoPool() {
    end();
}

void IoPool::end() noexcept {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        waiting_.clear();
    }
    more_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void IoPool::submit(const IoJob& job) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(job);
    }
    more_.notify_one();
}

std::span<const IoJob> IoPool::collect() {
    std::uint64_t count;
    (void)!read(done_.get(), &count, sizeof count);
    collected_.clear();
    const std::lock_guard lock(mutex_);
    collected_.swap(finished_);
    return collected_;
}

void IoPool::work() {
    // Replies wait for them. In real time they must not be: they sleep in the host's file system with its locks held.
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), -20);
    std::unique_lock lock(mutex_);
    while (true) {
        more_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        if (ending_) return;
        IoJob job = waiting_.front();
        waiting_.pop_front();
        lock.unlock();
        job.error = job.backing->perform(*job.request);
        lock.lock();
        finished_.push_back(job);
        const std::uint64_t one = 1;
        (void)!write(done_.get(), &one, sizeof one);
    }
}

}  // namespace diecast::block
