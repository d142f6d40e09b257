#include "flash.h"

#include <deque>
#include <queue>
#include <vector>

#include "checks.h"
#include "flash_map.h"
#include "flash_units.h"

namespace diecast::disk {

namespace {

// What goes on in the drive, in order of time. Dies, channels and links are asked at the moment they are needed, so
// each serves in the order in which things reach it, whatever order their commands came in.
class Flash final : public Model {
  public:
    explicit Flash(const FlashParameters& parameters)
        : parameters_(parameters),
          map_(parameters),
          dies_(static_cast<std::size_t>(map_.dies()), FlashDie(parameters.suspendNs)),
          channels_(static_cast<std::size_t>(parameters.channels), Wire(parameters.channelBytesPerSecond)),
          toHost_(parameters.linkBytesPerSecond),
          fromHost_(parameters.linkBytesPerSecond),
          bufferUnits_(parameters.writeBufferBytes / unitBytes) {}

    std::int64_t capacityBlocks() const noexcept override { return parameters_.capacityBlocks; }
    unsigned queueDepth() const noexcept override { return parameters_.queueDepth; }

    void submit(const Request& request) override {
        checkRequest(request, capacityBlocks(), latestNs_);
        run(request.arrivalNs);
        latestNs_ = request.arrivalNs;
        const TimeNs decodedNs = controller_.serve(request.arrivalNs, parameters_.commandNs);
        const std::uint32_t number = open(request);
        switch (request.kind) {
            case Kind::Read:
                schedule({decodedNs + parameters_.readLatencyNs, What::Read, number, 0, 0, {}});
                break;
            case Kind::Write: {
                const TimeNs sentNs = fromHost_.send(decodedNs, request.blocks * blockBytes);
                schedule({sentNs + parameters_.writeLatencyNs, What::Write, number, 0, 0, {}});
                break;
            }
            case Kind::Flush:
                schedule({decodedNs, What::Flush, number, 0, 0, {}});
                break;
            case Kind::Discard:
                schedule({decodedNs, What::Discard, number, 0, 0, {}});
                break;
        }
    }

    std::optional<TimeNs> nextEventNs() const noexcept override {
        std::optional<TimeNs> next;
        if (!events_.empty()) next = events_.top().atNs;
        if (nextDone_ < done_.size()) next = std::min(next.value_or(INT64_MAX), done_[nextDone_].completionNs);
        return next;
    }

    void advance(TimeNs nowNs, std::vector<Completion>& completions) override {
        run(nowNs);
        latestNs_ = std::max(latestNs_, nowNs);
        while (nextDone_ < done_.size()) completions.push_back(done_[nextDone_++]);
        done_.clear();
        nextDone_ = 0;
    }

  private:
    enum class What : std::uint8_t { Read, Sensed, Write, Flush, Discard, Programmed, Complete };

    struct Event {
        TimeNs atNs;
        What what;
        std::uint32_t command;
        std::int32_t channel;
        std::int32_t units;
        FlashPage page;
        std::uint64_t order = 0;

        // The earliest is on top; of equal ones the one that was scheduled first.
        bool operator<(const Event& other) const noexcept {
            return atNs != other.atNs ? atNs > other.atNs : order > other.order;
        }
    };

    struct Command {
        Request request;
        std::int64_t pieces = 0;    // units still to come
        std::int64_t nextUnit = 0;  // of a write: not yet in the buffer
        TimeNs lastNs = 0;          // the last unit has come
    };

    std::uint32_t open(const Request& request) {
        std::uint32_t number;
        if (free_.empty()) {
            number = static_cast<std::uint32_t>(commands_.size());
            commands_.emplace_back();
        } else {
            number = free_.back();
            free_.pop_back();
        }
        commands_[number] = {request, 0, request.lbn / blocksPerUnit, 0};
        return number;
    }

    void schedule(Event event) {
        event.order = ordered_++;
        events_.push(event);
    }

    void run(TimeNs nowNs) {
        while (!events_.empty() && events_.top().atNs <= nowNs) {
            const Event event = events_.top();
            events_.pop();
            happen(event);
        }
    }

    void happen(const Event& event) {
        Command& command = commands_[event.command];
        switch (event.what) {
            case What::Read:
                return read(event.command, event.atNs);
            case What::Sensed: {
                Wire& channel = channels_[static_cast<std::size_t>(event.channel)];
                const TimeNs atNs = channel.send(event.atNs, event.units * unitBytes);
                return arrived(command, event.command, toHost_.send(atNs, event.units * unitBytes), event.units);
            }
            case What::Write:
                waiting_.push_back(event.command);
                return fillBuffer(event.atNs);
            case What::Flush:
                return flush(event.command, event.atNs);
            case What::Discard:
                discard(command.request);
                return complete(event.command, event.atNs);
            case What::Programmed:
                return programmed(event);
            case What::Complete:
                return complete(event.command, event.atNs);
        }
    }

    // Units of a page that is read come together; those still in the buffer come from there.
    void read(std::uint32_t number, TimeNs atNs) {
        Command& command = commands_[number];
        const std::int64_t first = command.request.lbn / blocksPerUnit;
        const std::int64_t last = (command.request.lbn + command.request.blocks - 1) / blocksPerUnit;
        command.pieces = last - first + 1;
        for (std::int64_t unit = first; unit <= last;) {
            const FlashPage page = map_.locate(unit);
            std::int32_t units = 0;
            while (unit <= last && same(map_.locate(unit), page)) {
                units++;
                unit++;
            }
            if (map_.buffered(page)) {
                arrived(command, number, toHost_.send(atNs, units * unitBytes), units);
                continue;
            }
            const std::vector<TimeNs>& readNs = parameters_.readNs;
            const TimeNs ns = readNs[static_cast<std::size_t>(page.page) % readNs.size()];
            const TimeNs sensedNs = dies_[static_cast<std::size_t>(page.die)].read(atNs, ns);
            schedule({sensedNs, What::Sensed, number, channelOf(page.die), units, page});
        }
    }

    static bool same(const FlashPage& a, const FlashPage& b) noexcept {
        return a.die == b.die && a.block == b.block && a.page == b.page;
    }

    // Pages go round the channels first.
    std::int32_t channelOf(std::int32_t die) const noexcept { return die % parameters_.channels; }

    void arrived(Command& command, std::uint32_t number, TimeNs atNs, std::int64_t units) {
        command.pieces -= units;
        command.lastNs = std::max(command.lastNs, atNs);
        if (command.pieces == 0) schedule({command.lastNs, What::Complete, number, 0, 0, {}});
    }

    // Writes get room in the buffer in the order they came.
    void fillBuffer(TimeNs nowNs) {
        while (!waiting_.empty()) {
            const std::uint32_t number = waiting_.front();
            Command& command = commands_[number];
            const Request& request = command.request;
            const std::int64_t last = (request.lbn + request.blocks - 1) / blocksPerUnit;
            while (command.nextUnit <= last) {
                if (usedUnits_ >= bufferUnits_) return;
                usedUnits_++;
                store(command.nextUnit++, nowNs);
            }
            waiting_.pop_front();
            if (request.fua && !parameters_.powerLossProtection)
                flush(number, nowNs);
            else
                complete(number, nowNs);
        }
    }

    void store(std::int64_t unit, TimeNs nowNs) {
        for (std::int32_t tried = 0; !map_.hasRoom(nextDie_) && tried < map_.dies(); tried++) {
            collect(nextDie_, nowNs);
            if (!map_.hasRoom(nextDie_)) nextDie_ = (nextDie_ + 1) % map_.dies();
        }
        FlashPage page;
        openUnits_++;
        if (map_.append(nextDie_, unit, page)) program(page, nowNs);
    }

    void program(const FlashPage& page, TimeNs nowNs) {
        const std::int64_t bytes = map_.unitsPerPage() * unitBytes;
        const TimeNs loadedNs = channels_[static_cast<std::size_t>(channelOf(page.die))].send(nowNs, bytes);
        FlashDie& die = dies_[static_cast<std::size_t>(page.die)];
        const TimeNs doneNs = die.work(loadedNs, parameters_.programNs);
        schedule({doneNs, What::Programmed, 0, 0, openUnits_, page});
        programmedNs_ = std::max(programmedNs_, doneNs);
        openUnits_ = 0;
        collect(page.die, nowNs);
        nextDie_ = (page.die + 1) % map_.dies();
    }

    // Moves valid pages within the die, as its own work behind what it has to do already.
    void collect(std::int32_t dieNumber, TimeNs nowNs) {
        const FlashMap::Collection moved = map_.collect(dieNumber);
        if (moved.pagesRead + moved.blocksErased == 0) return;
        FlashDie& die = dies_[static_cast<std::size_t>(dieNumber)];
        const TimeNs ns = moved.pagesRead * parameters_.readNs.back() + moved.pagesProgrammed * parameters_.programNs +
                          moved.blocksErased * parameters_.eraseNs;
        die.work(nowNs, ns);
    }

    void programmed(const Event& event) {
        map_.programmed(event.page);
        usedUnits_ -= event.units;
        fillBuffer(event.atNs);
    }

    // What is in the buffer is programmed, in a page that is not full if need be.
    void flush(std::uint32_t number, TimeNs nowNs) {
        if (parameters_.powerLossProtection) return complete(number, nowNs);
        FlashPage page;
        if (openUnits_ > 0 && map_.closePage(nextDie_, page)) program(page, nowNs);
        schedule({std::max(nowNs, programmedNs_), What::Complete, number, 0, 0, {}});
    }

    void discard(const Request& request) {
        // Only units of which nothing is left.
        const std::int64_t first = (request.lbn + blocksPerUnit - 1) / blocksPerUnit;
        const std::int64_t behind = (request.lbn + request.blocks) / blocksPerUnit;
        for (std::int64_t unit = first; unit < behind; unit++) map_.discard(unit);
    }

    void complete(std::uint32_t number, TimeNs nowNs) {
        const Command& command = commands_[number];
        done_.push_back(
            {command.request.id, command.request.arrivalNs, command.request.arrivalNs, nowNs, CacheOutcome::None});
        free_.push_back(number);
    }

    FlashParameters parameters_;
    FlashMap map_;
    std::vector<FlashDie> dies_;
    std::vector<Wire> channels_;
    Server controller_;
    Wire toHost_;
    Wire fromHost_;
    std::priority_queue<Event> events_;
    std::uint64_t ordered_ = 0;
    std::vector<Command> commands_;
    std::vector<std::uint32_t> free_;
    std::deque<std::uint32_t> waiting_;  // writes that want into the buffer
    std::int64_t bufferUnits_;
    std::int64_t usedUnits_ = 0;
    std::int32_t openUnits_ = 0;  // in the page that is being filled
    std::int32_t nextDie_ = 0;
    TimeNs programmedNs_ = 0;  // when all pages are that have been begun
    std::vector<Completion> done_;
    std::size_t nextDone_ = 0;
    TimeNs latestNs_ = 0;
};

}  // namespace

std::unique_ptr<Model> makeFlash(const FlashParameters& parameters) {
    return std::make_unique<Flash>(parameters);
}

}  // namespace diecast::disk
