// Drives a disk model as a block device does and judges for itself: live DESCRIPTION SCHEDULER SEED
// Random requests go in with or without an advance() before them, completions are fetched late, early and at random
// times; what comes out must be what comes out of plain offline use. Prints what is wrong; exit code 0: nothing.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "disk/model.h"

namespace {

using namespace diecast::disk;

int failures = 0;

void expect(bool good, const char* what) {
    if (good) return;
    failures++;
    std::printf("%s\n", what);
}

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}
    std::int64_t below(std::int64_t bound) {
        state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
        return static_cast<std::int64_t>((state_ >> 33) % static_cast<std::uint64_t>(bound));
    }

  private:
    std::uint64_t state_;
};

std::vector<Request> requestsFor(const Model& model, Random& random) {
    const std::int64_t capacity = std::min<std::int64_t>(model.capacityBlocks(), 1'000'000'000);
    std::vector<Request> requests;
    TimeNs nowNs = 0;
    Lbn last = 0;
    for (std::uint64_t id = 0; id < 20'000; id++) {
        nowNs += random.below(3) == 0 ? random.below(40'000'000) : random.below(50'000);
        const std::int64_t blocks = 1 + random.below(random.below(20) == 0 ? 700 : 64);
        Lbn lbn = random.below(2) == 0 ? last : random.below(capacity);
        lbn = std::min(lbn, capacity - blocks);
        last = std::min(lbn + blocks, capacity - 1);
        const std::int64_t kind = random.below(40);
        requests.push_back({id, nowNs, lbn, blocks,
                            kind == 0   ? Kind::Flush
                            : kind == 1 ? Kind::Discard
                            : kind < 15 ? Kind::Write
                                        : Kind::Read,
                            kind == 2});
    }
    return requests;
}

std::vector<Completion> offline(Model& model, const std::vector<Request>& requests) {
    std::vector<Completion> completions;
    for (const Request& request : requests) {
        model.advance(request.arrivalNs, completions);
        model.submit(request);
    }
    while (const auto next = model.nextEventNs()) model.advance(*next, completions);
    return completions;
}

std::vector<Completion> live(Model& model, const std::vector<Request>& requests, Random& random) {
    std::vector<Completion> completions;
    TimeNs nowNs = 0;
    const auto fetch = [&](TimeNs atNs) {
        const std::size_t before = completions.size();
        const auto next = model.nextEventNs();
        model.advance(atNs, completions);
        expect(next || completions.size() == before, "a completion that nextEventNs() did not announce");
        if (completions.size() > before)
            expect(*next <= completions[before].completionNs, "nextEventNs() was too late");
        for (std::size_t i = before; i < completions.size(); i++) {
            expect(completions[i].completionNs <= atNs, "a completion from the future");
            expect(completions[i].startNs >= completions[i].arrivalNs, "begun before it came");
            if (i > 0) expect(completions[i - 1].completionNs <= completions[i].completionNs, "out of order");
        }
        nowNs = atNs;
    };
    for (const Request& request : requests) {
        while (random.below(3) != 0 && nowNs < request.arrivalNs) {
            fetch(nowNs + 1 + random.below(request.arrivalNs - nowNs));
        }
        if (random.below(50) == 0) {
            Request wrong = request;
            wrong.kind = Kind::Read;
            wrong.lbn = model.capacityBlocks();
            bool refused = false;
            try {
                model.submit(wrong);
            } catch (const std::invalid_argument&) {
                refused = true;
            }
            expect(refused, "blocks that do not exist were taken");
        }
        model.submit(request);
        nowNs = request.arrivalNs;
    }
    while (const auto next = model.nextEventNs()) fetch(std::max(nowNs, *next) + random.below(1'000'000));
    return completions;
}

bool same(const Completion& a, const Completion& b) {
    return a.id == b.id && a.startNs == b.startNs && a.completionNs == b.completionNs && a.outcome == b.outcome;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return 2;
    std::ifstream file(arguments[1]);
    const std::string description{std::istreambuf_iterator<char>(file), {}};
    const Scheduler scheduler = static_cast<Scheduler>(std::atoi(arguments[2]));
    Random random(static_cast<std::uint64_t>(std::atoi(arguments[3])));
    const auto plain = makeModel(description, scheduler);
    const std::vector<Request> requests = requestsFor(*plain, random);
    const std::vector<Completion> expected = offline(*plain, requests);
    const auto driven = makeModel(description, scheduler);
    const std::vector<Completion> found = live(*driven, requests, random);
    expect(expected.size() == requests.size(), "requests are lost");
    expect(found.size() == expected.size(), "not as many completions");
    std::vector<bool> seen(requests.size());
    for (std::size_t i = 0; i < std::min(found.size(), expected.size()); i++) {
        expect(!seen[found[i].id], "completed twice");
        seen[found[i].id] = true;
        if (!same(found[i], expected[i])) {
            expect(false, "live and offline differ");
            break;
        }
    }
    Request early = requests.front();
    bool refused = false;
    try {
        driven->submit(early);
    } catch (const std::invalid_argument&) {
        refused = true;
    }
    expect(refused, "a request from the past was taken");
    return failures == 0 ? 0 : 1;
}
