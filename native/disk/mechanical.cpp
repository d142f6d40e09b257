#include "mechanical.h"

#include <algorithm>

#include "checks.h"
#include "drive.h"
#include "waiting.h"

namespace diecast::disk {

namespace {

// Takes one command at a time; the others wait, and the scheduler says who is next.
class Mechanical final : public Model {
  public:
    explicit Mechanical(const DriveParameters& parameters)
        : drive_(parameters),
          queueDepth_(parameters.queueDepth),
          waiting_(parameters.scheduler, parameters.queueDepth) {}

    std::int64_t capacityBlocks() const noexcept override { return drive_.geometry().capacityBlocks(); }
    unsigned queueDepth() const noexcept override { return queueDepth_; }

    void submit(const Request& request) override {
        checkRequest(request, capacityBlocks(), latestNs_);
        run(request.arrivalNs);
        waiting_.add(request);
        if (!busy_) takeNext(request.arrivalNs);
    }

    std::optional<TimeNs> nextEventNs() const noexcept override {
        if (!done_.empty()) return done_.front().completionNs;
        return busy_ ? std::optional(current_.completionNs) : std::nullopt;
    }

    void advance(TimeNs nowNs, std::vector<Completion>& completions) override {
        run(nowNs);
        completions.insert(completions.end(), done_.begin(), done_.end());
        done_.clear();
    }

    void watchMedia(MediaWatcher* watcher) override { drive_.watchMedia(watcher); }
    void finishMedia() override { drive_.finishMedia(); }

  private:
    // Whoever submits late, after completions that nobody has fetched yet, must not change what was before.
    void run(TimeNs nowNs) {
        while (busy_ && current_.completionNs <= nowNs) {
            done_.push_back(current_);
            busy_ = false;
            takeNext(current_.completionNs);
        }
        latestNs_ = std::max(latestNs_, nowNs);
    }

    void takeNext(TimeNs nowNs) {
        if (waiting_.empty()) return;
        const Request next =
            waiting_.take([&](const Request& request) { return drive_.positioningNs(request, nowNs); });
        current_ = drive_.carryOut(next, nowNs);
        busy_ = true;
    }

    Drive drive_;
    unsigned queueDepth_;
    Waiting waiting_;
    bool busy_ = false;
    Completion current_;
    std::vector<Completion> done_;
    TimeNs latestNs_ = 0;
};

}  // namespace

std::unique_ptr<Model> makeMechanical(const DriveParameters& parameters) {
    return std::make_unique<Mechanical>(parameters);
}

}  // namespace diecast::disk
