#include "outcome.h"

#include <sys/wait.h>

#include <cstdio>

#include "exit_codes.h"

namespace diecast::launch {

int report(const Outcome& outcome, Control& control, Channel& toMain) {
    if (outcome.failure || !outcome.waitStatus) {
        const Failure lost{exitOwnFailure, "the command's process has got lost"};
        const Failure& failure = outcome.failure ? *outcome.failure : lost;
        control.failed(failure.exitCode, failure.text);
        (void)toMain.send(Message::failed(failure.exitCode, failure.text));
        return failure.exitCode;
    }
    if (outcome.statistics && !control.present()) std::fputs(tableOf(*outcome.statistics).c_str(), stderr);
    const std::string json = outcome.statistics ? jsonOf(*outcome.statistics) : "null";
    const int status = *outcome.waitStatus;
    if (WIFEXITED(status)) {
        control.exited(WEXITSTATUS(status), {}, json);
        (void)toMain.send(Message::of(Message::Kind::Exited, WEXITSTATUS(status)));
    } else {
        control.exited({}, WTERMSIG(status), json);
        (void)toMain.send(Message::of(Message::Kind::Signaled, WTERMSIG(status)));
    }
    return 0;
}

}  // namespace diecast::launch
