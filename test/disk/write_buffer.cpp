// Attacks a drive with a write buffer: write-buffer DESCRIPTION SEED REQUESTS SPREAD
// Random requests over SPREAD blocks, 0: the whole disk; up to 4,096 blocks each, singly and in bursts. Judges by what
// is said of the medium. Prints what is wrong; exit code 0: nothing.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <unordered_map>
#include <vector>

#include "disk/model.h"

namespace {

using namespace diecast::disk;

int failures = 0;

void expect(bool good, const char* what, std::uint64_t id) {
    if (good || failures++ > 20) return;
    std::printf("%s (%llu)\n", what, static_cast<unsigned long long>(id));
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

// When each block was last begun to be written to the medium, and when that ended.
class Medium final : public MediaWatcher {
  public:
    void mediaDone(std::uint64_t, const MediaAccess&) override {}
    void bufferWritten(Lbn first, Lbn end, TimeNs startNs, TimeNs doneNs) override {
        expect(startNs >= busyUntilNs_, "two pieces are written at once", 0);
        expect(doneNs > startNs && end > first, "a piece takes no time", 0);
        busyUntilNs_ = doneNs;
        blocks += end - first;
        for (Lbn lbn = first; lbn < end; lbn++) writes_[lbn].push_back({startNs, doneNs});
    }
    // Whether what was sent by a time was on the medium by another. A write that is overtaken by a later one to the
    // same block is none the worse for it.
    bool has(Lbn lbn, TimeNs sentNs, TimeNs byNs) const {
        const auto found = writes_.find(lbn);
        if (found == writes_.end()) return false;
        return std::any_of(found->second.begin(), found->second.end(),
                           [&](const Write& write) { return write.startNs >= sentNs && write.doneNs <= byNs; });
    }
    std::int64_t distinct() const { return static_cast<std::int64_t>(writes_.size()); }
    std::int64_t blocks = 0;

  private:
    struct Write {
        TimeNs startNs;
        TimeNs doneNs;
    };
    TimeNs busyUntilNs_ = 0;
    std::unordered_map<Lbn, std::vector<Write>> writes_;
};

Kind kindOf(std::int64_t draw) {
    return draw < 60 ? Kind::Write : draw < 97 ? Kind::Read : Kind::Flush;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 5) return 2;
    std::ifstream file(arguments[1]);
    const std::string description{std::istreambuf_iterator<char>(file), {}};
    Random random(static_cast<std::uint64_t>(std::atoll(arguments[2])));
    const auto model = makeModel(description);
    const std::int64_t spread = std::atoll(arguments[4]) == 0 ? model->capacityBlocks() : std::atoll(arguments[4]);
    // Up to the last block of the disk.
    const Lbn base = model->capacityBlocks() - spread;
    Medium medium;
    model->watchMedia(&medium);
    std::vector<Request> requests;
    std::vector<Completion> completions;
    TimeNs nowNs = 0;
    Lbn last = base;
    for (std::uint64_t id = 0; id < static_cast<std::uint64_t>(std::atoll(arguments[3])); id++) {
        nowNs += random.below(8) == 0 ? random.below(60'000'000) : random.below(3) * 10'000;
        const std::int64_t blocks = 1 + random.below(random.below(10) == 0 ? std::min<std::int64_t>(4096, spread) : 32);
        const Lbn lbn = std::min(random.below(3) == 0 ? last : base + random.below(spread), base + spread - blocks);
        last = std::min(lbn + blocks, base + spread - 1);
        const Kind kind = kindOf(random.below(100));
        requests.push_back({id, nowNs, lbn, blocks, kind, kind == Kind::Write && random.below(30) == 0});
        model->advance(nowNs, completions);
        model->submit(requests.back());
        const auto next = model->nextEventNs();
        expect(next && *next >= nowNs, "an event in the past, or none", id);
    }
    while (const auto next = model->nextEventNs()) {
        expect(*next >= nowNs, "time goes back", 0);
        nowNs = *next;
        model->advance(nowNs, completions);
    }

    std::vector<const Completion*> of(requests.size());
    for (const Completion& completion : completions) {
        expect(of[completion.id] == nullptr, "completed twice", completion.id);
        of[completion.id] = &completion;
    }
    std::vector<const Completion*> acknowledged;
    std::unordered_map<Lbn, bool> sent;
    for (const Request& request : requests) {
        const Completion* completion = of[request.id];
        expect(completion != nullptr, "never completed", request.id);
        if (completion == nullptr) return 1;
        expect(completion->startNs >= request.arrivalNs, "begun before it came", request.id);
        // The bus of the drives tested takes at least 427 ns a block.
        const TimeNs busNs = request.kind == Kind::Flush ? 0 : request.blocks * 427;
        expect(completion->completionNs > request.arrivalNs + busNs, "faster than the bus", request.id);
        if (request.kind != Kind::Write) continue;
        for (Lbn lbn = request.lbn; lbn < request.lbn + request.blocks; lbn++) sent[lbn] = true;
        if (!request.fua) continue;
        for (Lbn lbn = request.lbn; lbn < request.lbn + request.blocks; lbn++) {
            expect(medium.has(lbn, request.arrivalNs, completion->completionNs), "FUA is not on the medium",
                   request.id);
        }
    }
    expect(medium.distinct() == static_cast<std::int64_t>(sent.size()), "written: other blocks than were sent", 0);
    expect(medium.blocks >= medium.distinct(), "written: less than was sent", 0);
    // What was acknowledged before a flush came is on the medium when it completes.
    for (const Request& flush : requests) {
        if (flush.kind != Kind::Flush) continue;
        for (std::uint64_t id = flush.id >= 400 ? flush.id - 400 : 0; id < flush.id; id++) {
            const Request& write = requests[id];
            if (write.kind != Kind::Write || of[id]->completionNs > flush.arrivalNs) continue;
            for (Lbn lbn = write.lbn; lbn < write.lbn + write.blocks; lbn++) {
                if (medium.has(lbn, write.arrivalNs, of[flush.id]->completionNs)) continue;
                expect(false, "flushed, but dirty", flush.id);
                break;
            }
        }
    }
    return failures == 0 ? 0 : 1;
}
