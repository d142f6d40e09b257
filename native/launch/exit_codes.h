// Exit codes of our own, as env(1) and timeout(1) have them.
#pragma once

namespace diecast::launch {

constexpr int exitOwnFailure = 125;
constexpr int exitCannotRun = 126;
constexpr int exitNotFound = 127;
constexpr int exitBySignal = 128;  // + its number

}  // namespace diecast::launch
