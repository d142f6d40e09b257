#include "packet.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace diecast::net {

PacketPool::~PacketPool() {
    for (Packet* first : free_) {
        while (first != nullptr) std::free(std::exchange(first, first->nextFree));
    }
}

PacketRef PacketPool::allocate(std::uint32_t source, std::size_t capacity) {
    const auto size = std::ranges::lower_bound(sizes, capacity);
    if (size == sizes.end()) return {};
    const std::size_t bytes = *size + sizeof(Packet);
    if (used_ + bytes > limit_ || held_[source] + bytes > limit_ - used_) return {};
    Packet*& reserve = free_[static_cast<std::size_t>(size - sizes.begin())];
    Packet* packet = reserve;
    if (packet != nullptr) {
        reserve = packet->nextFree;
    } else {
        packet = static_cast<Packet*>(std::malloc(bytes));
        if (packet == nullptr) return {};
    }
    used_ += bytes;
    held_[source] += bytes;
    *packet = {nullptr, this, 1, source, 0, static_cast<std::uint32_t>(*size)};
    return PacketRef(packet);
}

PacketRef PacketPool::own(PacketRef packet) {
    if (packet->references == 1) return packet;
    PacketRef copy = allocate(packet->source, packet->length);
    if (!copy) return copy;
    copy->length = packet->length;
    std::memcpy(copy->data(), packet->data(), packet->length);
    return copy;
}

void PacketPool::free(Packet* packet) noexcept {
    const std::size_t bytes = packet->capacity + sizeof(Packet);
    used_ -= bytes;
    held_[packet->source] -= bytes;
    const auto size = std::ranges::lower_bound(sizes, packet->capacity);
    Packet*& reserve = free_[static_cast<std::size_t>(size - sizes.begin())];
    packet->nextFree = reserve;
    reserve = packet;
}

}  // namespace diecast::net
