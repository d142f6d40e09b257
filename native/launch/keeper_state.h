// The keeper from inside: for keeper.cpp and keeper_events.cpp alone.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "channel.h"
#include "command.h"
#include "control.h"
#include "ending.h"
#include "inherited.h"
#include "options.h"
#include "outcome.h"
#include "place.h"
#include "statistics.h"
#include "tree_start.h"

namespace diecast::launch {

// One per process.
class Keeper final : public clock::SupervisorEvents {
  public:
    Keeper(const Options& options, Place place, Channel& toMain)
        : options_(options), place_(std::move(place)), toMain_(toMain), control_(options.controlFd) {}
    int run(const Inherited& inherited);

  private:
    // SupervisorEvents
    void warn(const std::string& line) override;
    void commandRefused(const std::string& line) override;
    void commandStarted() override { control_.started(commandOnHost_); }
    void kicked(std::uint64_t id) override { control_.kicked(id); }

    void start(const Inherited& inherited);
    void startCommand(const Inherited& inherited);
    void supervise(Hello hello, const Inherited& inherited);
    void loop();
    void wait();
    int timeoutMs() const;
    void onMain();
    void onControl();
    void onReport();
    void reap();
    pid_t nextStatus(pid_t which, int options);
    void onStatus(pid_t pid, int status, bool jobControl);
    void onCommandStatus(int status);
    void sendToCommand(const siginfo_t& signal);
    void onCommandStop(int signal);
    void onCommandContinued();
    void reportEarly();
    int finish();
    Statistics collectStatistics() const;

    const Options& options_;
    Place place_;  // until COMMAND is there
    Channel& toMain_;
    Control control_;
    std::optional<TreeParts> parts_;
    std::optional<clock::Snapshot> beginning_;
    std::optional<clock::Supervisor> supervisor_;
    clock::Fd line_;
    clock::Fd childEvents_;
    Ending ending_;
    pid_t main_ = getppid();  // 0 from within a guest: the main process is outside
    pid_t command_ = 0;
    pid_t commandOnHost_ = 0;
    Outcome outcome_;
    bool reported_ = false;
    bool unfiltered_ = false;  // no process under the filter is left
    bool childless_ = false;
};

}  // namespace diecast::launch
