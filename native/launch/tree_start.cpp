#include "tree_start.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "clock/tsc_rate.h"
#include "command.h"

namespace diecast::launch {

namespace {

[[noreturn]] void raise(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

clock::TimePage openTimePage(const Options& options) {
    if (options.clockFd) return clock::TimePage::adopt(*options.clockFd);
    clock::TimePage::Start start;
    start.tdf = *options.tdf;
    start.wallNs = options.startNs;
    return clock::TimePage::create(start);
}

clock::StateTemplate stateOf(const Options& options) {
    clock::StateTemplate state;
    state.fileTimes = options.fileTimes;
    state.stats = options.stats;
    state.cpuNum = options.cpuScale.num;
    state.cpuDen = options.cpuScale.den;
    state.tscKhz = options.tsc ? clock::tscKhz() : 0;
    return state;
}

}  // namespace

StatsPage::StatsPage() : fd_(memfd_create("diecast-stats", MFD_CLOEXEC)) {
    if (!fd_ || ftruncate(fd_.get(), static_cast<off_t>(DC_STATS_SIZE)) != 0)
        raise("cannot create the statistics page");
    void* address = mmap(nullptr, DC_STATS_SIZE, PROT_READ, MAP_SHARED, fd_.get(), 0);
    if (address == MAP_FAILED) raise("cannot map the statistics page");
    page_ = static_cast<dc_stats_page*>(address);
}

StatsPage::~StatsPage() {
    munmap(page_, DC_STATS_SIZE);
}

clock::Fd StatsPage::duplicate() const {
    clock::Fd copy(fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) raise("statistics page");
    return copy;
}

TreeParts prepareTree(const Options& options) {
    auto time = openTimePage(options);
    auto stats = options.stats ? std::make_unique<StatsPage>() : nullptr;
    clock::InjectionSource source{clock::Fd(time.openReadOnly()), stats ? stats->duplicate() : clock::Fd(),
                                  stateOf(options)};
    return {std::move(time), std::move(stats), clock::Injector(std::move(source))};
}

FirstProcess startFirstProcess(const Options& options, const Inherited& inherited, const Place& place,
                               const dc_clock_page* page) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) raise("socketpair");
    clock::Fd here(ends[0]);
    clock::Fd there(ends[1]);
    const pid_t pid = fork();
    if (pid < 0) raise("cannot start the command (fork)");
    if (pid == 0) {
        here.reset();
        becomeCommand(options, inherited, place, page, std::move(there));
    }
    return {pid, std::move(here)};
}

clock::CarriedState carriedBy(const Inherited& inherited) {
    return clock::carriedFromMasks(inherited.ignoredSignals, inherited.blockedSignals);
}

}  // namespace diecast::launch
