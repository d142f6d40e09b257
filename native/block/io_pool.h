// Threads that read and write backing files, so that one slow answer of the host's disk holds up no other request.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "backing.h"
#include "clock/fd.h"

namespace diecast::block {

struct IoJob {
    const Backing* backing;
    const Request* request;  // stays where it is until the job is collected
    std::uint32_t disk;      // whose it is, and which of its requests
    std::uint32_t slot;
    int error = 0;
};

class IoPool {
  public:
    // Throws SetupError.
    explicit IoPool(unsigned threads);
    ~IoPool();
    IoPool(const IoPool&) = delete;
    IoPool& operator=(const IoPool&) = delete;

    // Readable when there is something to collect.
    int fd() const noexcept { return done_.get(); }

    void submit(const IoJob& job);
    // Those done since the last time; valid until the next call.
    std::span<const IoJob> collect();

  private:
    void work();
    void end() noexcept;

    clock::Fd done_;
    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<IoJob> waiting_;
    std::vector<IoJob> finished_;
    std::vector<IoJob> collected_;
    bool ending_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace diecast::block
