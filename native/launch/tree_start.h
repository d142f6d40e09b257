// The beginning of a tree: its time page, its first process, and the supervisor of both.
#pragma once

#include <sys/types.h>

#include <memory>

#include "clock/abi.h"
#include "clock/fd.h"
#include "clock/supervisor.h"
#include "clock/time_page.h"
#include "inherited.h"
#include "options.h"
#include "place.h"

namespace diecast::launch {

// The statistics page; every guest process writes to it.
class StatsPage {
  public:
    StatsPage();  // throws std::system_error
    StatsPage(const StatsPage&) = delete;
    StatsPage& operator=(const StatsPage&) = delete;
    ~StatsPage();

    int fd() const noexcept { return fd_.get(); }
    clock::Fd duplicate() const;
    const dc_stats_page& page() const noexcept { return *page_; }

  private:
    clock::Fd fd_;
    dc_stats_page* page_;
};

// What every process of the tree will be given.
struct TreeParts {
    clock::TimePage time;
    std::unique_ptr<StatsPage> stats;  // only with --stats
    clock::Injector injector;
};

// Throws std::exception with a message for the user.
TreeParts prepareTree(const Options& options);

struct FirstProcess {
    pid_t pid;
    clock::Fd line;  // it says there that it could not become COMMAND; closed when it could
};

// Forks the process that becomes COMMAND; until the caller serves its filter's listener it waits. `page` is the
// clock's, null without one.
FirstProcess startFirstProcess(const Options& options, const Inherited& inherited, const Place& place,
                               const dc_clock_page* page);

// What COMMAND inherits, as its process state has it.
clock::CarriedState carriedBy(const Inherited& inherited);

}  // namespace diecast::launch
