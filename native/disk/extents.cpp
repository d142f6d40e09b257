#include "extents.h"

#include <algorithm>

namespace diecast::disk {

Extents::Runs::const_iterator Extents::from(Lbn lbn) const {
    const auto above = runs_.upper_bound(lbn);
    if (above == runs_.begin()) return above;
    const auto below = std::prev(above);
    return below->second > lbn ? below : above;
}

Lbn Extents::heldUntil(Lbn lbn) const {
    const auto run = from(lbn);
    return run != runs_.end() && run->first <= lbn ? run->second : lbn;
}

bool Extents::touches(Lbn first, Lbn end) const {
    const auto run = from(first - 1);
    return run != runs_.end() && run->first <= end;
}

std::int64_t Extents::insert(Lbn first, Lbn end) {
    std::int64_t added = end - first;
    // Beginning with a run that ends where this one begins.
    auto run = from(first - 1);
    while (run != runs_.end() && run->first <= end) {
        added -= std::max<Lbn>(0, std::min(end, run->second) - std::max(first, run->first));
        first = std::min(first, run->first);
        end = std::max(end, run->second);
        run = runs_.erase(run);
    }
    runs_.emplace_hint(run, first, end);
    blocks_ += added;
    return added;
}

std::int64_t Extents::erase(Lbn first, Lbn end) {
    std::int64_t removed = 0;
    auto run = from(first);
    while (run != runs_.end() && run->first < end) {
        const auto [runFirst, runEnd] = *run;
        run = runs_.erase(run);
        if (runFirst < first) runs_.emplace_hint(run, runFirst, first);
        if (runEnd > end) run = runs_.emplace_hint(run, end, runEnd);
        removed += std::min(end, runEnd) - std::max(first, runFirst);
    }
    blocks_ -= removed;
    return removed;
}

}  // namespace diecast::disk
