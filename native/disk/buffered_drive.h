// A mechanical drive with a write buffer: two things go on at once in it, on the bus and on the medium.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "drive.h"
#include "model.h"
#include "waiting.h"
#include "write_buffer.h"

namespace diecast::disk {

// The bus: the controller takes one command at a time, decodes it and has its data sent: writes into the buffer in the
// order they came, reads of what is in DRAM, flushes, discards.
//
// The medium: a read at a time, as Drive carries it out, or a piece of a track at a time from the buffer. Reads and
// writes that must be on the medium are what the host waits for: the scheduler orders them. All else is written in the
// background, when none of them waits, or in turn with them when the buffer is nearly full or a flush waits.
class BufferedDrive final : public Model {
  public:
    explicit BufferedDrive(const DriveParameters& parameters);

    std::int64_t capacityBlocks() const noexcept override { return drive_.geometry().capacityBlocks(); }
    unsigned queueDepth() const noexcept override { return queueDepth_; }
    void submit(const Request& request) override;
    std::optional<TimeNs> nextEventNs() const noexcept override;
    void advance(TimeNs nowNs, std::vector<Completion>& completions) override;
    void watchMedia(MediaWatcher* watcher) override;

  private:
    // What the bus does; none of it is interrupted.
    struct Command {
        enum class Kind : std::uint8_t { ReadHit, Chunk, Flush, Discard };
        Kind kind;
        Completion completion;
        Lbn first = 0;
        Lbn end = 0;
        TimeNs endNs = 0;
    };
    // A write that is being sent, in chunks as large as there is room for.
    struct Sending {
        Request request;
        Lbn next = 0;
        Completion completion;
        std::uint64_t durable = 0;  // its number among durables_; 0: it need not be on the medium
    };
    // A write that completes when it is on the medium.
    struct Durable {
        Completion completion;
        unsigned chunks = 0;  // sent, not yet on the medium
        bool sent = false;
    };
    // Blocks that are written one piece after the other.
    struct Run {
        Lbn next;
        Lbn end;
        std::uint64_t durable;
        TimeNs pieceDoneNs;
        MediaAccess media;
    };

    // Everything up to a time.
    void run(TimeNs nowNs);
    std::optional<TimeNs> nextStepNs() const noexcept;
    // Whatever can begin now.
    void begin(TimeNs nowNs);

    void beginCommand(TimeNs nowNs);
    bool beginWrite(TimeNs nowNs);
    // Data of so many blocks goes over the bus from a time on, or behind a read that needs it then.
    TimeNs sentNs(TimeNs readyNs, std::int64_t blocks) const noexcept;
    void endCommand();
    void endChunk(const Command& command);
    void complete(Completion completion, TimeNs nowNs);
    void endFlushes(TimeNs nowNs);

    bool mediumFree() const noexcept { return !reading_ && !run_; }
    bool backgroundWanted() const noexcept { return writesInBackground_ && buffer_.dirty(); }
    bool pressed() const noexcept { return buffer_.flushing() || buffer_.nearlyFull(); }
    void beginMedia(TimeNs nowNs);
    void beginForeground(TimeNs nowNs);
    void beginPiece(TimeNs nowNs);
    void endMedia(TimeNs nowNs);

    Drive drive_;
    WriteBuffer buffer_;
    unsigned queueDepth_;
    TimeNs busSectorNs_;
    TimeNs idleAfterReadNs_;
    bool writesInBackground_;  // the write cache is on

    std::deque<Request> hits_;
    std::deque<Request> flushes_;
    std::deque<Request> writes_;  // and discards
    std::optional<Sending> sending_;
    std::optional<Command> command_;
    bool hitsTurn_ = true;

    Waiting foreground_;            // reads, and chunks of durables_ under their numbers
    std::size_t readsWaiting_ = 0;  // of those in foreground_
    std::optional<Completion> reading_;
    TimeNs readBusFromNs_ = 0;  // from here to its end the read has the bus
    std::optional<Run> run_;
    bool backgroundTurn_ = false;
    Lbn cursor_ = 0;          // behind what was written last
    TimeNs quietFromNs_ = 0;  // reads are not expected any more

    std::uint64_t numbered_ = 0;
    std::map<std::uint64_t, Durable> durables_;
    std::vector<Completion> flushed_;       // wait for the flush that goes on
    std::vector<Completion> flushedLater_;  // for the next one
    std::vector<Completion> done_;
    TimeNs latestNs_ = 0;
    MediaWatcher* watcher_ = nullptr;
};

}  // namespace diecast::disk
