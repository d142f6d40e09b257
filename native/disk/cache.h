// The segments of a drive's cache: what is in them, and which one a command gets.
#pragma once

#include <cstdint>
#include <vector>

#include "drive_parameters.h"

namespace diecast::disk {

struct Segment {
    enum class State : std::uint8_t { Empty, Clean, Reading, Writing };
    State state = State::Empty;
    bool lastUseRead = true;
    Lbn start = 0;  // it holds start … end - 1
    Lbn end = 0;
    Lbn readAheadLimit = -1;  // what read-ahead is to reach

    bool holds(Lbn lbn) const noexcept { return state != State::Empty && lbn >= start && lbn < end; }
    bool overlaps(Lbn first, Lbn behind) const noexcept { return first < end && behind > start; }
};

// Least recently used first. The rules are those of DiskSim's cache for drives that take one command at a time, where
// nothing waits in a segment but a write-back: commands that arrive during one choose when it has ended.
class Cache {
  public:
    explicit Cache(const CacheParameters& parameters);

    struct Choice {
        std::size_t segment;
        CacheOutcome outcome;
    };
    // For a read: a whole hit, else a partial one, else an empty segment, the oldest clean one, the one being read
    // into.
    Choice chooseForRead(Lbn first, Lbn behind) const noexcept;
    // For a write: a clean one that it overlaps, an empty one, the oldest clean one, the one being read into.
    std::size_t chooseForWrite(Lbn first, Lbn behind) const noexcept;

    // Makes it the most recently used one.
    void touch(std::size_t segment);
    // Forgets clean data that a write into `segment` outdates.
    void outdate(std::size_t segment, Lbn first, Lbn behind) noexcept;
    // A segment holds so much: what is read or written last pushes out what came first. `reach` is beyond `end` if some
    // of it came before what is in front of it.
    void extendTo(std::size_t segment, Lbn end, Lbn reach) noexcept;
    // The write-back has ended.
    void settleWritten(std::size_t segment) noexcept;

    Segment& operator[](std::size_t segment) noexcept { return segments_[segment]; }
    const Segment& operator[](std::size_t segment) const noexcept { return segments_[segment]; }

  private:
    bool dedicated(std::size_t segment) const noexcept { return parameters_.dedicatedWriteSegment && segment == 0; }

    CacheParameters parameters_;
    std::vector<Segment> segments_;
    std::vector<std::size_t> byUse_;
};

}  // namespace diecast::disk
