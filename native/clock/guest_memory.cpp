#include "guest_memory.h"

#include <limits.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace diecast::clock {

namespace {

constexpr std::uint64_t pageSize = 4096;

iovec remote(GuestAddress address, std::size_t size) {
    return {reinterpret_cast<void*>(raw(address)), size};
}

}  // namespace

std::size_t readGuestUpTo(pid_t tid, GuestAddress from, std::span<std::byte> to) noexcept {
    const iovec here{to.data(), to.size()};
    const iovec there = remote(from, to.size());
    const ssize_t n = process_vm_readv(tid, &here, 1, &there, 1, 0);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
}

bool readGuest(pid_t tid, GuestAddress from, std::span<std::byte> to) noexcept {
    return readGuestUpTo(tid, from, to) == to.size();
}

bool writeGuest(pid_t tid, GuestAddress to, std::span<const std::byte> from) noexcept {
    const iovec here{const_cast<std::byte*>(from.data()), from.size()};
    const iovec there = remote(to, from.size());
    const ssize_t n = process_vm_writev(tid, &here, 1, &there, 1, 0);
    return n >= 0 && static_cast<std::size_t>(n) == from.size();
}

std::optional<std::string> readGuestPath(pid_t tid, GuestAddress from) {
    std::array<char, PATH_MAX> buffer;
    std::size_t have = 0;
    // Page by page: most paths end in their first page, and the one behind it may not be mapped.
    while (have < buffer.size()) {
        const std::uint64_t address = raw(from) + have;
        const std::size_t piece = std::min<std::size_t>(pageSize - address % pageSize, buffer.size() - have);
        const std::size_t n =
            readGuestUpTo(tid, GuestAddress{address}, std::as_writable_bytes(std::span(buffer)).subspan(have, piece));
        if (n == 0) return std::nullopt;
        const void* end = std::memchr(buffer.data() + have, '\0', n);
        if (end != nullptr) return std::string(buffer.data());
        have += n;
    }
    return std::nullopt;
}

}  // namespace diecast::clock
