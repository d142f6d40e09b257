// Where a flash drive keeps each block, and which flash blocks are worth collecting. No times here.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "flash_parameters.h"

namespace diecast::disk {

// The host's blocks in units of 4 KiB, each mapped by itself.
constexpr std::int64_t unitBytes = 4096;
constexpr std::int64_t blocksPerUnit = unitBytes / blockBytes;

// A page of all planes of a die, which is read and programmed as one.
struct FlashPage {
    std::int32_t die = 0;
    std::int32_t block = 0;  // of the die
    std::int32_t page = 0;   // of the block
};

// Page-mapped, garbage collected greedily (the block with the fewest valid units), each die by itself. Memory grows
// with what has been written. What was never written is taken to lie where it would if the drive had been filled in
// order.
class FlashMap {
  public:
    explicit FlashMap(const FlashParameters& parameters);

    std::int32_t dies() const noexcept { return static_cast<std::int32_t>(dies_.size()); }
    std::int32_t unitsPerPage() const noexcept { return unitsPerPage_; }

    // Where a unit is now.
    FlashPage locate(std::int64_t unit) const noexcept;
    bool buffered(const FlashPage& page) const noexcept;

    // Whether the die can take more from the host: the last free block is for collection.
    bool hasRoom(std::int32_t die) const noexcept {
        const Die& asked = dies_[static_cast<std::size_t>(die)];
        return asked.open >= 0 || asked.free.size() >= 2;
    }
    // Puts a unit into the page the die is filling; what was there before is garbage. Returns the page if that fills
    // it.
    bool append(std::int32_t die, std::int64_t unit, FlashPage& filled);
    // Whether the die has a page that is begun; fills it up with nothing.
    bool closePage(std::int32_t die, FlashPage& filled) noexcept;
    void programmed(const FlashPage& page) noexcept;
    void discard(std::int64_t unit) noexcept;

    // What collecting garbage takes of a die after one page was written by the host.
    struct Collection {
        std::int32_t pagesRead = 0;
        std::int32_t pagesProgrammed = 0;
        std::int32_t blocksErased = 0;
    };
    Collection collect(std::int32_t die);

  private:
    static constexpr std::uint32_t nowhere = UINT32_MAX;

    struct Block {
        std::vector<std::uint32_t> units;  // by slot; empty while free
        std::int32_t written = 0;          // slots
        std::int32_t valid = 0;
        std::int32_t programmedPages = 0;
    };
    struct Die {
        std::vector<Block> blocks;
        std::vector<std::int32_t> free;
        std::int32_t open = -1;
        std::int32_t collecting = -1;  // its valid units go to `moved`
        std::int32_t collected = 0;    // slots of it that were looked at
        std::int32_t moved = -1;
    };

    void invalidate(std::int64_t unit) noexcept;
    void place(std::int32_t dieNumber, std::int32_t& open, std::int64_t unit);
    std::int32_t takeFree(Die& die);
    std::int32_t victim(const Die& die) const noexcept;
    std::uint32_t& entry(std::int64_t unit);
    std::uint32_t find(std::int64_t unit) const noexcept;

    std::int32_t unitsPerPage_;
    std::int32_t pagesPerBlock_;
    std::int32_t slotsPerBlock_;
    std::int32_t blocksPerDie_;
    std::int32_t keepFree_;
    std::vector<Die> dies_;
    // In pieces, made when first written to.
    std::vector<std::unique_ptr<std::uint32_t[]>> map_;
};

}  // namespace diecast::disk
