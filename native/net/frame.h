// Ethernet frames: the few fields that the emulation looks at or changes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace diecast::net {

using Frame = std::span<std::uint8_t>;
using Mac = std::array<std::uint8_t, 6>;
using Ipv4 = std::array<std::uint8_t, 4>;
using Ipv6 = std::array<std::uint8_t, 16>;

constexpr std::size_t ethernetHeaderBytes = 14;

// As a number, for tables.
std::uint64_t destinationOf(Frame frame) noexcept;
std::uint64_t numberOf(const Mac& mac) noexcept;
// Broadcast and multicast.
bool isGroup(std::uint64_t mac) noexcept;

// ECT(0), ECT(1) or CE in the IP header.
bool understandsEcn(Frame frame) noexcept;
// Sets CE.
void markCongestion(Frame frame) noexcept;
// Inverts a bit behind the Ethernet header, which the card's checksum would have caught on a real wire.
void invertBit(Frame frame, std::uint64_t bit) noexcept;

// Reports of group membership (IGMP, MLD) are meant for routers; here they end at the first switch, as with snooping.
bool isMembershipReport(Frame frame) noexcept;

// Someone asks for the MAC of an address.
struct Question {
    std::optional<Ipv4> ipv4;  // ARP; else
    Ipv6 ipv6{};               // neighbour solicitation
};
std::optional<Question> questionIn(Frame frame) noexcept;
constexpr std::size_t answerBytes = 86;
// Writes the answer that the owner of the address would give; returns its length.
std::size_t writeAnswer(Frame question, const Mac& owner, std::span<std::uint8_t, answerBytes> answer) noexcept;

// The address an interface gives itself (RFC 4291, appendix A).
Ipv6 linkLocalOf(const Mac& mac) noexcept;

}  // namespace diecast::net
