#include "path_cost.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "clock/fd.h"
#include "pace/clock_reader.h"

namespace diecast::block {

namespace {

constexpr std::size_t bytes = 4096;
constexpr int warmUps = 20;
constexpr int readings = 200;
// What is beyond that is not the way's cost, but a host that has more to do.
constexpr pace::Duration most = std::chrono::microseconds(150);

}  // namespace

pace::Duration measurePath(const std::string& device) {
    const clock::Fd fd(open(device.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
    const std::unique_ptr<void, void (*)(void*)> buffer(std::aligned_alloc(bytes, bytes), std::free);
    if (!fd || !buffer) return {};
    std::vector<pace::Duration> taken;
    for (int i = -warmUps; i < readings; i++) {
        const pace::RealTime begin = pace::realNow();
        if (pread(fd.get(), buffer.get(), bytes, 0) != static_cast<ssize_t>(bytes)) return {};
        if (i >= 0) taken.push_back(pace::realNow() - begin);
    }
    // Not the median: the longer ones were kept waiting by others, and a reply that leaves too early is as wrong as a
    // late one.
    const auto tenth = taken.begin() + readings / 10;
    std::nth_element(taken.begin(), tenth, taken.end());
    return std::min(*tenth, most);
}

}  // namespace diecast::block
