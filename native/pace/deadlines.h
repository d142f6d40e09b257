// What is to happen, ordered by when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "pace/time.h"

namespace diecast::pace {

// A heap of four children to a node: half as deep as the usual one, and the children lie beside each other in memory.
// Equal deadlines keep their order.
template <typename Value>
class Deadlines {
  public:
    bool empty() const noexcept { return heap_.empty(); }
    std::size_t size() const noexcept { return heap_.size(); }
    VirtualTime first() const noexcept { return heap_.front().due; }

    void add(VirtualTime due, Value value) {
        std::size_t hole = heap_.size();
        const Entry entry{due, order_++, value};
        heap_.push_back(entry);
        while (hole > 0) {
            const std::size_t parent = (hole - 1) / children;
            if (!before(entry, heap_[parent])) break;
            heap_[hole] = heap_[parent];
            hole = parent;
        }
        heap_[hole] = entry;
    }

    // Takes the first out; there must be one.
    std::pair<VirtualTime, Value> take() {
        const Entry result = heap_.front();
        const Entry moved = heap_.back();
        heap_.pop_back();
        std::size_t hole = 0;
        while (true) {
            const std::size_t eldest = hole * children + 1;
            if (eldest >= heap_.size()) break;
            std::size_t least = eldest;
            for (std::size_t child = eldest + 1; child < eldest + children && child < heap_.size(); child++) {
                if (before(heap_[child], heap_[least])) least = child;
            }
            if (!before(heap_[least], moved)) break;
            heap_[hole] = heap_[least];
            hole = least;
        }
        if (!heap_.empty()) heap_[hole] = moved;
        return {result.due, result.value};
    }

  private:
    static constexpr std::size_t children = 4;

    struct Entry {
        VirtualTime due;
        std::uint64_t order;
        Value value;
    };
    static bool before(const Entry& a, const Entry& b) noexcept {
        return a.due != b.due ? a.due < b.due : a.order < b.order;
    }

    std::vector<Entry> heap_;
    std::uint64_t order_ = 0;
};

}  // namespace diecast::pace
