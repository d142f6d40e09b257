#include "initial_stack.h"

#include <elf.h>

#include <array>

namespace diecast::clock {

namespace {

constexpr std::uint64_t minimalSignalStack = 51;  // AT_MINSIGSTKSZ, which older headers do not have

// Reads the words of a guest's stack in order, some hundred at a time.
class WordReader {
  public:
    WordReader(pid_t pid, GuestAddress from) : pid_(pid), next_(from) {}

    GuestAddress position() const { return GuestAddress{raw(next_) - unread() * sizeof(std::uint64_t)}; }

    std::optional<std::uint64_t> next() {
        if (used_ == have_ && !refill()) return std::nullopt;
        return words_[used_++];
    }

    // Leaves out words unseen.
    void skip(std::uint64_t count) {
        if (count <= unread()) {
            used_ += count;
            return;
        }
        next_ = position() + count * sizeof(std::uint64_t);
        used_ = have_ = 0;
    }

  private:
    std::size_t unread() const { return have_ - used_; }

    bool refill() {
        const std::size_t bytes = readGuestUpTo(pid_, next_, std::as_writable_bytes(std::span(words_)));
        have_ = bytes / sizeof(std::uint64_t);
        used_ = 0;
        next_ = next_ + have_ * sizeof(std::uint64_t);
        return have_ > 0;
    }

    pid_t pid_;
    GuestAddress next_;  // first word not yet read from the guest
    // An ordinary command line and environment in one go.
    std::array<std::uint64_t, 256> words_;
    std::size_t have_ = 0;
    std::size_t used_ = 0;
};

}  // namespace

std::optional<AuxiliaryEntries> readAuxiliaryEntries(pid_t pid, GuestAddress stackPointer) {
    WordReader words(pid, stackPointer);
    const auto argumentCount = words.next();
    constexpr std::uint64_t mostArguments = 1u << 30;
    if (!argumentCount || *argumentCount > mostArguments) return std::nullopt;
    words.skip(*argumentCount + 1);
    while (true) {
        const auto variable = words.next();
        if (!variable) return std::nullopt;
        if (*variable == 0) break;
    }
    AuxiliaryEntries found;
    while (true) {
        const auto type = words.next();
        const GuestAddress at = words.position();
        const auto value = words.next();
        if (!type || !value) return std::nullopt;
        switch (*type) {
            case AT_NULL:
                return found;
            case AT_PHENT:
                found.programHeaderSize = *value;
                break;
            case AT_SYSINFO_EHDR:
                found.vdsoValue = at;
                found.vdso = GuestAddress{*value};
                break;
            case minimalSignalStack:
                found.signalStackValue = at;
                found.signalStack = *value;
                break;
            default:
                break;
        }
    }
}

}  // namespace diecast::clock
