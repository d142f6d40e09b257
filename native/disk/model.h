// What a disk model is to whoever uses it: requests go in at their times, completions come out at theirs.
//
// A model is pure: it has no clock, thread or input and output of its own and knows one time only, virtual nanoseconds
// since it was made. The same requests at the same times give the same completions, on every machine.
//
// Two ways to drive it:
//   live      submit() each request at its arrival; sleep until nextEventNs(); advance(now) and answer what it gives.
//             A request that waits in the queue may be overtaken, so its completion is unknown before the drive takes
//             it.
//   offline   submit() everything in order of arrival, calling advance() up to each arrival before it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace diecast::disk {

// Virtual time in nanoseconds since the model was made. 292 years fit.
using TimeNs = std::int64_t;
// The number of a block on the device, as the host counts them.
using Lbn = std::int64_t;

// Traces, block devices and the models count in sectors of 512 bytes, whatever a drive's own sectors are.
constexpr std::int64_t blockBytes = 512;

enum class Kind : std::uint8_t {
    Read,
    Write,
    Flush,    // completes when everything written before it was taken is on the medium; `lbn` and `blocks` mean nothing
    Discard,  // the blocks' contents are no longer needed
};

struct Request {
    std::uint64_t id = 0;  // returned with the completion; the model makes no use of it
    TimeNs arrivalNs = 0;
    Lbn lbn = 0;
    std::int64_t blocks = 0;
    Kind kind = Kind::Read;
    bool fua = false;  // a write that completes when it is on the medium (force unit access)
};

// What the drive's cache had for a request.
enum class CacheOutcome : std::uint8_t {
    None,  // not asked: a flush, a discard, a model without a cache
    Miss,
    Hit,
    Partial,  // the beginning was cached or on its way
    Append,   // a write that continues one in the cache
};

// The mechanical work done for a request, if there was any. For writes it usually ends after the completion.
struct MediaAccess {
    std::int32_t seekCylinders = 0;
    TimeNs seekNs = 0;      // until the head is on the track, settled
    TimeNs latencyNs = 0;   // from there to the first wanted sector
    TimeNs transferNs = 0;  // from that to the last one, changes of track included
    TimeNs doneNs = 0;      // a point in time
};

struct Completion {
    std::uint64_t id = 0;
    TimeNs arrivalNs = 0;
    TimeNs startNs = 0;  // the drive takes the request from the queue
    TimeNs completionNs = 0;
    CacheOutcome outcome = CacheOutcome::None;
};

// Is told of mechanical work when it is final; for writes that is when the next command comes.
class MediaWatcher {
  public:
    virtual void mediaDone(std::uint64_t id, const MediaAccess& media) = 0;
    // A drive with a write buffer begins to write blocks from there, in whatever order they came.
    virtual void bufferWritten(Lbn /*first*/, Lbn /*end*/, TimeNs /*startNs*/, TimeNs /*doneNs*/) {}

  protected:
    ~MediaWatcher() = default;
};

// Which waiting request a drive takes next.
enum class Scheduler : std::uint8_t {
    Fcfs,   // first come, first served
    CLook,  // the smallest block not below the last one taken, else the smallest
    Sstf,   // the block nearest to the last one taken
    Sptf,   // the shortest positioning time, rotation included (what NCQ and tagged queueing do inside a drive)
};

// One drive, from power-on. Not for several threads at once.
class Model {
  public:
    virtual ~Model() = default;
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    virtual std::int64_t capacityBlocks() const noexcept = 0;
    // How many requests the drive itself takes at once; a host's driver keeps the rest. The model queues any number.
    virtual unsigned queueDepth() const noexcept = 0;

    // Adds a request, after all that happens up to its arrival; completions wait for the next advance(). Its arrival is
    // not before any earlier arrival or advance(), and its blocks lie on the device (reads, writes, discards: at least
    // one): anything else is std::invalid_argument, and nothing is changed.
    virtual void submit(const Request& request) = 0;
    // When advance() has something to do next; none when nothing is under way.
    virtual std::optional<TimeNs> nextEventNs() const noexcept = 0;
    // Appends the completions up to and including `nowNs`, in order of completion time.
    virtual void advance(TimeNs nowNs, std::vector<Completion>& completions) = 0;

    // For drives with mechanics: `watcher` outlives the model or is null.
    virtual void watchMedia(MediaWatcher*) {}
    // Tells the watcher of work that is still going on, as it will end if nothing more is submitted.
    virtual void finishMedia() {}

  protected:
    Model() = default;
};

// Makes a drive from its description, the lines that src/disk/describe.ts writes (description.h says what they are).
// `scheduler` takes the place of the description's. A line that cannot be used is std::invalid_argument.
std::unique_ptr<Model> makeModel(std::string_view description, std::optional<Scheduler> scheduler = std::nullopt);

}  // namespace diecast::disk
