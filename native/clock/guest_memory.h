// Memory of other processes. Addresses there have a type of their own, so that none is dereferenced here by mistake.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace diecast::clock {

enum class GuestAddress : std::uint64_t {};

constexpr GuestAddress operator+(GuestAddress address, std::uint64_t bytes) {
    return GuestAddress{static_cast<std::uint64_t>(address) + bytes};
}
constexpr std::uint64_t raw(GuestAddress address) {
    return static_cast<std::uint64_t>(address);
}

// Bytes copied, from the start on; 0 with errno if none could be (EFAULT, EPERM, or ESRCH: the thread is gone).
std::size_t readGuestUpTo(pid_t tid, GuestAddress from, std::span<std::byte> to) noexcept;

// All of it, or false.
bool readGuest(pid_t tid, GuestAddress from, std::span<std::byte> to) noexcept;

// All of it, or false. Respects the guest's page protection: only writable pages can be written.
bool writeGuest(pid_t tid, GuestAddress to, std::span<const std::byte> from) noexcept;

template <typename T>
bool readGuestObject(pid_t tid, GuestAddress from, T& object) noexcept {
    return readGuest(tid, from, std::as_writable_bytes(std::span(&object, 1)));
}
template <typename T>
bool writeGuestObject(pid_t tid, GuestAddress to, const T& object) noexcept {
    return writeGuest(tid, to, std::as_bytes(std::span(&object, 1)));
}

// A string that ends within PATH_MAX bytes; nothing if it does not, or cannot be read.
std::optional<std::string> readGuestPath(pid_t tid, GuestAddress from);

}  // namespace diecast::clock
