#include "frame.h"

#include <algorithm>
#include <cstring>

namespace diecast::net {

namespace {

// Offsets from the beginning of the frame.
constexpr std::size_t typeAt = 12;
constexpr std::size_t ipAt = ethernetHeaderBytes;
constexpr std::size_t ipv6HeaderBytes = 40;

constexpr unsigned typeIpv4 = 0x0800;
constexpr unsigned typeArp = 0x0806;
constexpr unsigned typeIpv6 = 0x86dd;

unsigned wordAt(Frame frame, std::size_t at) noexcept {
    return static_cast<unsigned>(frame[at] << 8 | frame[at + 1]);
}

void putWord(Frame frame, std::size_t at, unsigned value) noexcept {
    frame[at] = static_cast<std::uint8_t>(value >> 8);
    frame[at + 1] = static_cast<std::uint8_t>(value);
}

bool isIpv4(Frame frame) noexcept {
    return frame.size() >= ipAt + 20 && wordAt(frame, typeAt) == typeIpv4;
}

bool isIpv6(Frame frame) noexcept {
    return frame.size() >= ipAt + ipv6HeaderBytes && wordAt(frame, typeAt) == typeIpv6;
}

// RFC 1071.
unsigned folded(std::uint64_t sum) noexcept {
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<unsigned>(sum);
}

// ---- ARP (RFC 826): offsets from the beginning of the frame ----
constexpr std::size_t arpOperationAt = 20;
constexpr std::size_t arpSenderMacAt = 22;
constexpr std::size_t arpSenderIpAt = 28;
constexpr std::size_t arpTargetMacAt = 32;
constexpr std::size_t arpTargetIpAt = 38;
constexpr std::size_t arpBytes = 42;

bool isArpRequest(Frame frame) noexcept {
    constexpr unsigned ethernetAndIpv4[] = {1, typeIpv4, 0x0604};
    return frame.size() >= arpBytes && wordAt(frame, typeAt) == typeArp && wordAt(frame, 14) == ethernetAndIpv4[0] &&
           wordAt(frame, 16) == ethernetAndIpv4[1] && wordAt(frame, 18) == ethernetAndIpv4[2] &&
           wordAt(frame, arpOperationAt) == 1;
}

// ---- Neighbour discovery (RFC 4861) ----
constexpr std::size_t nextHeaderAt = ipAt + 6;
constexpr std::size_t sourceAt = ipAt + 8;
constexpr std::size_t targetAt = ipAt + 24;
constexpr std::size_t icmpAt = ipAt + ipv6HeaderBytes;
constexpr std::size_t icmpTargetAt = icmpAt + 8;
constexpr std::size_t solicitationBytes = icmpAt + 24;
constexpr std::uint8_t icmpv6 = 58;
constexpr std::uint8_t solicitation = 135;
constexpr std::uint8_t advertisement = 136;

bool isSolicitation(Frame frame) noexcept {
    return isIpv6(frame) && frame.size() >= solicitationBytes && frame[nextHeaderAt] == icmpv6 &&
           frame[icmpAt] == solicitation;
}

std::size_t writeArpReply(Frame request, const Mac& owner, Frame answer) noexcept {
    std::copy_n(request.begin(), arpBytes, answer.begin());
    std::copy_n(&request[arpSenderMacAt], 6, answer.begin());
    std::ranges::copy(owner, &answer[6]);
    putWord(answer, arpOperationAt, 2);
    std::ranges::copy(owner, &answer[arpSenderMacAt]);
    std::copy_n(&request[arpTargetIpAt], 4, &answer[arpSenderIpAt]);
    std::copy_n(&request[arpSenderMacAt], 10, &answer[arpTargetMacAt]);
    return arpBytes;
}

std::size_t writeAdvertisement(Frame request, const Mac& owner, Frame answer) noexcept {
    constexpr std::size_t icmpBytes = 32;
    std::ranges::fill(answer, std::uint8_t{0});
    std::copy_n(&request[6], 6, answer.begin());
    std::ranges::copy(owner, &answer[6]);
    putWord(answer, typeAt, typeIpv6);
    answer[ipAt] = 0x60;
    putWord(answer, ipAt + 4, icmpBytes);
    answer[nextHeaderAt] = icmpv6;
    answer[ipAt + 7] = 255;  // hop limit: receivers insist on it
    std::copy_n(&request[icmpTargetAt], 16, &answer[sourceAt]);
    std::copy_n(&request[sourceAt], 16, &answer[targetAt]);
    answer[icmpAt] = advertisement;
    answer[icmpAt + 4] = 0x60;  // solicited, override
    std::copy_n(&request[icmpTargetAt], 16, &answer[icmpTargetAt]);
    answer[icmpAt + 24] = 2;  // option: target link-layer address, one unit of 8 bytes
    answer[icmpAt + 25] = 1;
    std::ranges::copy(owner, &answer[icmpAt + 26]);
    std::uint64_t sum = icmpBytes + icmpv6;
    for (std::size_t at = sourceAt; at < icmpAt + icmpBytes; at += 2) sum += wordAt(answer, at);
    putWord(answer, icmpAt + 2, ~folded(sum) & 0xffff);
    return icmpAt + icmpBytes;
}

}  // namespace

std::uint64_t destinationOf(Frame frame) noexcept {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 6; i++) number = number << 8 | frame[i];
    return number;
}

std::uint64_t numberOf(const Mac& mac) noexcept {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : mac) number = number << 8 | byte;
    return number;
}

bool isGroup(std::uint64_t mac) noexcept {
    return (mac >> 40 & 1) != 0;
}

bool understandsEcn(Frame frame) noexcept {
    if (isIpv4(frame)) return (frame[ipAt + 1] & 3) != 0;
    return isIpv6(frame) && (frame[ipAt + 1] & 0x30) != 0;
}

void markCongestion(Frame frame) noexcept {
    if (isIpv6(frame)) {
        frame[ipAt + 1] |= 0x30;
    } else if (isIpv4(frame)) {
        constexpr std::size_t checksumAt = ipAt + 10;
        const unsigned before = wordAt(frame, ipAt);
        frame[ipAt + 1] |= 3;
        // RFC 1624, equation 3.
        const unsigned sum = (~wordAt(frame, checksumAt) & 0xffff) + (~before & 0xffff) + wordAt(frame, ipAt);
        putWord(frame, checksumAt, ~folded(sum) & 0xffff);
    }
}

void invertBit(Frame frame, std::uint64_t bit) noexcept {
    if (frame.size() <= ethernetHeaderBytes) return;
    bit %= (frame.size() - ethernetHeaderBytes) * 8;
    frame[ethernetHeaderBytes + bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
}

bool isMembershipReport(Frame frame) noexcept {
    constexpr std::uint8_t igmp = 2;
    constexpr std::uint8_t multicastListenerReport[] = {131, 132, 143};
    if (isIpv4(frame)) return frame[ipAt + 9] == igmp && isGroup(destinationOf(frame));
    // They come with a hop-by-hop header of eight bytes (RFC 3810, 5): the router alert.
    if (!isIpv6(frame) || frame[nextHeaderAt] != 0 || frame.size() <= icmpAt + 8) return false;
    return frame[icmpAt] == icmpv6 && frame[icmpAt + 1] == 0 &&
           std::ranges::find(multicastListenerReport, frame[icmpAt + 8]) != std::end(multicastListenerReport);
}

std::optional<Question> questionIn(Frame frame) noexcept {
    Question question;
    if (isArpRequest(frame)) {
        Ipv4& asked = question.ipv4.emplace();
        std::copy_n(&frame[arpTargetIpAt], 4, asked.begin());
        // Of its own address: an announcement.
        if (std::memcmp(&frame[arpSenderIpAt], asked.data(), 4) == 0) return std::nullopt;
        return question;
    }
    if (!isSolicitation(frame)) return std::nullopt;
    // From nowhere: an address is tried for duplicates.
    if (std::all_of(&frame[sourceAt], &frame[sourceAt] + 16, [](std::uint8_t byte) { return byte == 0; }))
        return std::nullopt;
    std::copy_n(&frame[icmpTargetAt], 16, question.ipv6.begin());
    return question;
}

std::size_t writeAnswer(Frame question, const Mac& owner, std::span<std::uint8_t, answerBytes> answer) noexcept {
    return isArpRequest(question) ? writeArpReply(question, owner, answer)
                                  : writeAdvertisement(question, owner, answer);
}

Ipv6 linkLocalOf(const Mac& mac) noexcept {
    const auto inverted = static_cast<std::uint8_t>(mac[0] ^ 2);
    return {0xfe, 0x80, 0, 0, 0, 0, 0, 0, inverted, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]};
}

}  // namespace diecast::net
