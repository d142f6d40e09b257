// How long guests rest before they run, and for how long they do then: a BPF program that the kernel runs at each
// change of tasks (tracepoint sched_switch) counts it for each group that it was told of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "clock/fd.h"

namespace diecast::rests {

// By how long the rest was: below 2^20 ns (1 ms), and from there on a class for each power of two, the last from 2^30
// ns.
constexpr std::size_t classes = 12;
constexpr int shortestRestBits = 20;

// Of the first class there are no rests: who pauses for less than that goes on with what it did, and that counts to the
// rest before it, if there was one. What a group does on two processors at a time is one after the other here: a rest
// is since any of its tasks left a processor.
struct Rested {
    std::uint64_t rests;
    std::uint64_t ranNs;
    // Of these runs those that ended while a task wanted more, and rested for a millisecond at least: its quota was
    // used up, or others had the processor. And how long they were.
    std::uint64_t cutRuns;
    std::uint64_t cutNs;
};

class RestCounter {
  public:
    // Counts for these groups of version 2; what is in groups below them is not counted. Throws std::system_error that
    // says what the kernel refused.
    explicit RestCounter(const std::vector<std::string>& groups);

    // Of one of them, so far, by class.
    std::array<Rested, classes> read(std::size_t group) const;

  private:
    std::vector<std::uint64_t> ids_;
    clock::Fd guests_;
    clock::Fd link_;
};

}  // namespace diecast::rests
