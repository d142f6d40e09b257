#include "outcome.h"

#include <sys/wait.h>

#include <cstdio>

#include "exit_codes.h"

namespace diecast::launch {

namespace {

std::optional<Failure> failureOf(const Outcome& outcome) {
    if (outcome.failure || outcome.waitStatus) return outcome.failure;
    return Failure{exitOwnFailure, "the command's process has got lost"};
}

}  // namespace

void tellLibrary(const Outcome& outcome, Control& control) {
    if (const auto failure = failureOf(outcome)) {
        control.failed(failure->exitCode, failure->text);
        return;
    }
    const std::string json = outcome.statistics ? jsonOf(*outcome.statistics) : "null";
    const int status = *outcome.waitStatus;
    if (WIFEXITED(status)) {
        control.exited(WEXITSTATUS(status), {}, json);
    } else {
        control.exited({}, WTERMSIG(status), json);
    }
}

int tellMain(const Outcome& outcome, bool library, Channel& toMain) {
    if (const auto failure = failureOf(outcome)) {
        (void)toMain.send(Message::failed(failure->exitCode, failure->text));
        return failure->exitCode;
    }
    if (outcome.statistics && !library) std::fputs(tableOf(*outcome.statistics).c_str(), stderr);
    const int status = *outcome.waitStatus;
    (void)toMain.send(WIFEXITED(status) ? Message::of(Message::Kind::Exited, WEXITSTATUS(status))
                                        : Message::of(Message::Kind::Signaled, WTERMSIG(status)));
    return 0;
}

}  // namespace diecast::launch
