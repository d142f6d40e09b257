#include "arm.h"

#include <cmath>

namespace diecast::disk {

namespace {

constexpr std::int64_t nsPerMinute = 60'000'000'000;

// Times are whole nanoseconds, sectors are not: a head that is this little behind a sector's beginning still gets it.
// Else each sector that follows another without a gap would cost a revolution whenever rounding went up.
constexpr double catchNs = 2;

// Linear between the points, beyond the last one as between the last two.
std::vector<TimeNs> tabulate(const std::vector<std::pair<std::int32_t, TimeNs>>& curve, std::int32_t cylinders) {
    std::vector<TimeNs> table(static_cast<std::size_t>(cylinders), 0);
    std::size_t at = 0;
    for (std::int32_t distance = 1; distance < cylinders; distance++) {
        while (at + 1 < curve.size() && distance > curve[at].first) at++;
        double ns = static_cast<double>(curve[at].second);
        if (distance != curve[at].first && at > 0) {
            const auto [d1, t1] = curve[at - 1];
            const auto [d2, t2] = curve[at];
            ns = static_cast<double>(t1) + static_cast<double>(t2 - t1) * (distance - d1) / (d2 - d1);
        }
        table[static_cast<std::size_t>(distance)] = std::llround(ns);
    }
    return table;
}

}  // namespace

Arm::Arm(const Mechanics& mechanics, std::int32_t cylinders)
    : rotationsPerMinute_(mechanics.rotationsPerMinute),
      revolutionNs_(static_cast<double>(nsPerMinute) / static_cast<double>(mechanics.rotationsPerMinute)),
      headSwitchNs_(mechanics.headSwitchNs),
      writeSettleNs_(mechanics.writeSettleNs),
      seekNs_(tabulate(mechanics.seekCurve, cylinders)) {}

double Arm::sectorUnderHead(const Track& track, TimeNs atNs) const noexcept {
    // A minute has a whole number of revolutions, so the phase is exact at any time and never drifts.
    const std::int64_t turned = atNs % nsPerMinute * rotationsPerMinute_ % nsPerMinute;
    double turns = static_cast<double>(turned) / static_cast<double>(nsPerMinute) - track.angle;
    if (turns < 0) turns += 1;
    return turns * track.sectors;
}

TimeNs Arm::waitNs(const Track& track, double underHead, std::int32_t sector) const noexcept {
    double sectors = sector - underHead;
    if (sectors < 0) sectors += track.sectors;
    const double ns = sectors * sectorNs(track);
    return ns > revolutionNs_ - catchNs ? 0 : std::llround(ns);
}

}  // namespace diecast::disk
