#include "simple.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "checks.h"

namespace diecast::disk {

namespace {

class Simple final : public Model {
  public:
    explicit Simple(const SimpleParameters& parameters) : parameters_(parameters) {}

    std::int64_t capacityBlocks() const noexcept override { return parameters_.capacityBlocks; }
    unsigned queueDepth() const noexcept override { return parameters_.queueDepth; }

    void submit(const Request& request) override {
        checkRequest(request, capacityBlocks(), latestNs_);
        latestNs_ = request.arrivalNs;
        const bool moves = request.kind == Kind::Read || request.kind == Kind::Write;
        free_ = std::max(free_, static_cast<double>(request.arrivalNs));
        const TimeNs startNs = std::llround(free_);
        if (moves && parameters_.bytesPerSecond > 0) {
            free_ += static_cast<double>(request.blocks * blockBytes) * 1e9 /
                     static_cast<double>(parameters_.bytesPerSecond);
        }
        // One after the other over the wire, so they end in the order they came.
        const TimeNs doneNs = std::llround(free_) + parameters_.latencyNs;
        done_.push_back({request.id, request.arrivalNs, startNs, doneNs, CacheOutcome::None});
    }

    std::optional<TimeNs> nextEventNs() const noexcept override {
        return done_.empty() ? std::nullopt : std::optional(done_.front().completionNs);
    }

    void advance(TimeNs nowNs, std::vector<Completion>& completions) override {
        for (; !done_.empty() && done_.front().completionNs <= nowNs; done_.pop_front()) {
            completions.push_back(done_.front());
        }
        latestNs_ = std::max(latestNs_, nowNs);
    }

  private:
    SimpleParameters parameters_;
    double free_ = 0;  // the wire, in ns
    TimeNs latestNs_ = 0;
    std::deque<Completion> done_;
};

}  // namespace

std::unique_ptr<Model> makeSimple(const SimpleParameters& parameters) {
    return std::make_unique<Simple>(parameters);
}

}  // namespace diecast::disk
