#include "holder.h"

#include "namespaces.h"

namespace diecast::net {

namespace {

std::vector<int> numbersOf(const std::vector<clock::Fd>& descriptors) {
    std::vector<int> numbers;
    for (const clock::Fd& fd : descriptors) numbers.push_back(fd.get());
    return numbers;
}

}  // namespace

void holdNamespaces(const Setup& setup, Control& control) {
    BareNamespaces namespaces = makeBareNamespaces(setup, [&] { return control.connected(); });
    if (!control.connected()) return;
    control.held(numbersOf(namespaces.guests), numbersOf(namespaces.switches));
    while (const auto lines = control.receive(true)) {
        for (const std::string& line : *lines) {
            const std::uint64_t id = parseHolderCommand(line);
            setUpInterfaces(setup, namespaces);
            control.skipped(namespaces.skippedSysctls);
            control.done(id);
        }
    }
}

}  // namespace diecast::net
