// What the processes that stand around a tree are called, in `ps` and for whoever kills by name.
#pragma once

namespace diecast::launch {

// To be called first, with main()'s arguments.
void rememberArguments(int argc, char** argv) noexcept;

// A name for the process; at most 15 characters. Its command line stays.
void nameProcess(const char* name) noexcept;

// The same, and its command line becomes the name, too: inside a guest `pkill -f server` must find the guest's server
// and not the process that keeps it. Destroys what main()'s arguments point to.
void nameProcessInGuest(const char* name) noexcept;

}  // namespace diecast::launch
