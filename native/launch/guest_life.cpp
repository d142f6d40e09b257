#include "guest_life.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <iterator>
#include <system_error>
#include <vector>

#include "capabilities.h"
#include "clock/fd.h"

namespace diecast::launch {

namespace {

constexpr int lookAgainMs = 1;

class Init {
  public:
    Init(Control& control, const std::vector<GuestDisk>& disks) : control_(control), disks_(disks) {
        sigset_t child;
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        children_.reset(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
        if (!children_) throw std::system_error(errno, std::generic_category(), "signalfd");
    }

    void serve() {
        pollfd sources[] = {{children_.get(), POLLIN, 0}, {control_.fd(), POLLIN, 0}};
        (void)poll(sources, std::size(sources), kills_.empty() ? -1 : lookAgainMs);
        signalfd_siginfo event;
        if (sources[0].revents != 0) (void)!read(children_.get(), &event, sizeof event);
        if (sources[1].revents != 0) obey();
        while (waitpid(-1, nullptr, WNOHANG | __WALL) > 0) continue;
        if (!kills_.empty()) killAll();
    }

  private:
    void obey() {
        using Verb = Control::Request::Verb;
        const auto requests = control_.receive();
        if (!requests) _exit(0);  // and with us everything in the guest
        for (const auto& [verb, number] : *requests) {
            if (verb == Verb::Signal) (void)kill(-1, static_cast<int>(number));
            if (verb == Verb::Kill) kills_.push_back(number);
            // The disks' server answers at once meanwhile: it takes no longer than the host's disk does.
            if (verb == Verb::Remount) control_.remounted(number, remountDisks(disks_));
        }
    }

    // Again and again, as `diecast enter` may bring in more. What has ended counts until its parent, who may be
    // outside, has waited for it.
    void killAll() {
        if (kill(-1, SIGKILL) == 0 || errno != ESRCH) return;
        for (const std::uint64_t id : kills_) control_.killed(id);
        kills_.clear();
    }

    Control& control_;
    const std::vector<GuestDisk>& disks_;
    clock::Fd children_;
    std::vector<std::uint64_t> kills_;  // asked for and not answered yet
};

}  // namespace

void liveAsInit(Control& control, const std::vector<GuestDisk>& disks) {
    // After the guest is built, which takes more rights than it is to have.
    dropHarmfulCapabilities();
    Init init(control, disks);
    while (true) init.serve();
}

}  // namespace diecast::launch
