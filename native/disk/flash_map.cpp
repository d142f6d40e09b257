#include "flash_map.h"

#include <algorithm>
#include <cmath>

namespace diecast::disk {

namespace {

// Random writes touch few units of each: small pieces keep memory and page faults near what is written.
constexpr std::int64_t pieceUnits = 256;

}  // namespace

FlashMap::FlashMap(const FlashParameters& parameters)
    : unitsPerPage_(static_cast<std::int32_t>(parameters.planesPerDie * parameters.pageBytes / unitBytes)),
      pagesPerBlock_(parameters.pagesPerBlock),
      slotsPerBlock_(unitsPerPage_ * pagesPerBlock_) {
    const std::int64_t units = (parameters.capacityBlocks + blocksPerUnit - 1) / blocksPerUnit;
    const auto dies = static_cast<std::size_t>(parameters.channels * parameters.diesPerChannel);
    const double flashUnits = static_cast<double>(units) * (1 + parameters.overProvisioning);
    const double blocks = std::ceil(flashUnits / static_cast<double>(dies) / slotsPerBlock_);
    // Two more: the one being filled by the host and the one being filled by collection.
    blocksPerDie_ = static_cast<std::int32_t>(blocks) + 2;
    keepFree_ = std::max(2, static_cast<std::int32_t>(parameters.collectBelowFree * blocks));
    // Else a full drive could be left with nothing to collect.
    const double spare = blocks - static_cast<double>(units) / static_cast<double>(dies) / slotsPerBlock_;
    keepFree_ = std::max(2, std::min(keepFree_, static_cast<std::int32_t>(spare / 2)));
    dies_.resize(dies);
    for (Die& die : dies_) {
        die.blocks.resize(static_cast<std::size_t>(blocksPerDie_));
        for (std::int32_t i = blocksPerDie_ - 1; i >= 0; i--) die.free.push_back(i);
    }
    map_.resize(static_cast<std::size_t>((units + pieceUnits - 1) / pieceUnits));
}

std::uint32_t FlashMap::find(std::int64_t unit) const noexcept {
    const auto& piece = map_[static_cast<std::size_t>(unit / pieceUnits)];
    return piece ? piece[static_cast<std::size_t>(unit % pieceUnits)] : nowhere;
}

std::uint32_t& FlashMap::entry(std::int64_t unit) {
    auto& piece = map_[static_cast<std::size_t>(unit / pieceUnits)];
    if (!piece) {
        piece = std::make_unique<std::uint32_t[]>(pieceUnits);
        std::fill_n(piece.get(), pieceUnits, nowhere);
    }
    return piece[static_cast<std::size_t>(unit % pieceUnits)];
}

// A place is die, block and slot in one number.
FlashPage FlashMap::locate(std::int64_t unit) const noexcept {
    const std::uint32_t place = find(unit);
    if (place == nowhere) {
        const std::int64_t page = unit / unitsPerPage_;
        const std::int64_t ofDie = page / dies();
        return {static_cast<std::int32_t>(page % dies()), -1, static_cast<std::int32_t>(ofDie % pagesPerBlock_)};
    }
    const auto slots = static_cast<std::uint32_t>(slotsPerBlock_);
    const auto blocks = static_cast<std::uint32_t>(blocksPerDie_);
    return {static_cast<std::int32_t>(place / slots / blocks), static_cast<std::int32_t>(place / slots % blocks),
            static_cast<std::int32_t>(place % slots / static_cast<std::uint32_t>(unitsPerPage_))};
}

bool FlashMap::buffered(const FlashPage& page) const noexcept {
    if (page.block < 0) return false;
    const Die& die = dies_[static_cast<std::size_t>(page.die)];
    return page.page >= die.blocks[static_cast<std::size_t>(page.block)].programmedPages;
}

void FlashMap::invalidate(std::int64_t unit) noexcept {
    const std::uint32_t place = find(unit);
    if (place == nowhere) return;
    const auto slots = static_cast<std::uint32_t>(slotsPerBlock_);
    const auto blocks = static_cast<std::uint32_t>(blocksPerDie_);
    Block& block = dies_[place / slots / blocks].blocks[place / slots % blocks];
    block.units[place % slots] = nowhere;
    block.valid--;
}

void FlashMap::place(std::int32_t dieNumber, std::int32_t& open, std::int64_t unit) {
    Die& die = dies_[static_cast<std::size_t>(dieNumber)];
    if (open < 0) open = takeFree(die);
    Block& block = die.blocks[static_cast<std::size_t>(open)];
    block.units[static_cast<std::size_t>(block.written)] = static_cast<std::uint32_t>(unit);
    const auto blockNumber = static_cast<std::uint32_t>(dieNumber) * static_cast<std::uint32_t>(blocksPerDie_) +
                             static_cast<std::uint32_t>(open);
    entry(unit) = blockNumber * static_cast<std::uint32_t>(slotsPerBlock_) + static_cast<std::uint32_t>(block.written);
    block.written++;
    block.valid++;
}

std::int32_t FlashMap::takeFree(Die& die) {
    const std::int32_t number = die.free.back();
    die.free.pop_back();
    Block& block = die.blocks[static_cast<std::size_t>(number)];
    block.units.assign(static_cast<std::size_t>(slotsPerBlock_), nowhere);
    block.written = block.valid = block.programmedPages = 0;
    return number;
}

bool FlashMap::append(std::int32_t dieNumber, std::int64_t unit, FlashPage& filled) {
    Die& die = dies_[static_cast<std::size_t>(dieNumber)];
    invalidate(unit);
    place(dieNumber, die.open, unit);
    const std::int32_t written = die.blocks[static_cast<std::size_t>(die.open)].written;
    if (written % unitsPerPage_ != 0) return false;
    filled = {dieNumber, die.open, written / unitsPerPage_ - 1};
    if (written == slotsPerBlock_) die.open = -1;
    return true;
}

bool FlashMap::closePage(std::int32_t dieNumber, FlashPage& filled) noexcept {
    Die& die = dies_[static_cast<std::size_t>(dieNumber)];
    if (die.open < 0) return false;
    std::int32_t& written = die.blocks[static_cast<std::size_t>(die.open)].written;
    if (written % unitsPerPage_ == 0) return false;
    filled = {dieNumber, die.open, written / unitsPerPage_};
    written = (filled.page + 1) * unitsPerPage_;
    if (written == slotsPerBlock_) die.open = -1;
    return true;
}

void FlashMap::programmed(const FlashPage& page) noexcept {
    Block& block = dies_[static_cast<std::size_t>(page.die)].blocks[static_cast<std::size_t>(page.block)];
    block.programmedPages = std::max(block.programmedPages, page.page + 1);
}

void FlashMap::discard(std::int64_t unit) noexcept {
    if (find(unit) == nowhere) return;
    invalidate(unit);
    entry(unit) = nowhere;
}

std::int32_t FlashMap::victim(const Die& die) const noexcept {
    std::int32_t best = -1;
    for (std::int32_t i = 0; i < blocksPerDie_; i++) {
        const Block& block = die.blocks[static_cast<std::size_t>(i)];
        if (block.written < slotsPerBlock_ || block.programmedPages < pagesPerBlock_ || i == die.moved) continue;
        if (best < 0 || block.valid < die.blocks[static_cast<std::size_t>(best)].valid) best = i;
    }
    // One without garbage would be moved for nothing.
    return best >= 0 && die.blocks[static_cast<std::size_t>(best)].valid < slotsPerBlock_ ? best : -1;
}

FlashMap::Collection FlashMap::collect(std::int32_t dieNumber) {
    Die& die = dies_[static_cast<std::size_t>(dieNumber)];
    Collection done;
    if (die.collecting < 0) {
        if (static_cast<std::int32_t>(die.free.size()) >= keepFree_) return done;
        die.collecting = victim(die);
        die.collected = 0;
        if (die.collecting < 0) return done;
    }
    Block& block = die.blocks[static_cast<std::size_t>(die.collecting)];
    // It is spread over the host's writes so that a block is free again when they need one; in haste when few are left.
    const std::int32_t garbage = std::max(1, slotsPerBlock_ - block.valid);
    const bool haste = die.free.size() <= 1;
    const std::int32_t slots = haste ? slotsPerBlock_ : unitsPerPage_ * (1 + block.valid / garbage) * 2;
    for (std::int32_t i = 0; i < slots && die.collected < slotsPerBlock_; i += unitsPerPage_) {
        bool any = false;
        for (std::int32_t k = 0; k < unitsPerPage_; k++, die.collected++) {
            const std::uint32_t unit = block.units[static_cast<std::size_t>(die.collected)];
            if (unit == nowhere) continue;
            any = true;
            block.units[static_cast<std::size_t>(die.collected)] = nowhere;
            block.valid--;
            place(dieNumber, die.moved, unit);
            Block& moved = die.blocks[static_cast<std::size_t>(die.moved)];
            if (moved.written % unitsPerPage_ != 0) continue;
            done.pagesProgrammed++;
            moved.programmedPages = moved.written / unitsPerPage_;
            if (moved.written == slotsPerBlock_) die.moved = -1;
        }
        if (any) done.pagesRead++;
    }
    if (die.collected == slotsPerBlock_) {
        block.units.clear();
        block.units.shrink_to_fit();
        block.written = 0;
        die.free.push_back(die.collecting);
        die.collecting = -1;
        done.blocksErased = 1;
    }
    return done;
}

}  // namespace diecast::disk
