// Packets in flight, and the memory they may take.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace diecast::net {

class PacketPool;

// A frame in memory of the pool, behind this header.
struct Packet {
    Packet* nextFree;
    PacketPool* pool;
    std::uint32_t references;
    std::uint32_t source;  // the port it came from, which pays for it
    std::uint32_t length;
    std::uint32_t capacity;

    std::uint8_t* data() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }
    std::span<std::uint8_t> frame() noexcept { return {data(), length}; }
};

// A share in a packet; given back when it goes.
class PacketRef {
  public:
    PacketRef() noexcept = default;
    explicit PacketRef(Packet* packet) noexcept : packet_(packet) {}
    PacketRef(PacketRef&& other) noexcept : packet_(std::exchange(other.packet_, nullptr)) {}
    PacketRef& operator=(PacketRef&& other) noexcept {
        std::swap(packet_, other.packet_);
        return *this;
    }
    ~PacketRef();

    explicit operator bool() const noexcept { return packet_ != nullptr; }
    Packet* operator->() const noexcept { return packet_; }
    Packet& operator*() const noexcept { return *packet_; }
    PacketRef share() const noexcept {
        packet_->references++;
        return PacketRef(packet_);
    }
    // For containers that move entries as plain memory.
    Packet* release() noexcept { return std::exchange(packet_, nullptr); }

  private:
    Packet* packet_ = nullptr;
};

// All packets' memory, never more than a limit. A port may hold as much as is still free (Choudhury and Hahne's
// dynamic threshold): one that floods ends at half of it, and every other still finds room.
class PacketPool {
  public:
    PacketPool(std::size_t limitBytes, std::size_t ports) : limit_(limitBytes), held_(ports) {}
    PacketPool(const PacketPool&) = delete;
    PacketPool& operator=(const PacketPool&) = delete;
    ~PacketPool();

    // Room for a frame of `capacity` bytes, or nothing where the port's share is used up.
    PacketRef allocate(std::uint32_t source, std::size_t capacity);
    // The same frame for one holder alone; the old one if it has only this.
    PacketRef own(PacketRef packet);
    void free(Packet* packet) noexcept;

    static constexpr std::size_t mostFrameBytes = 66 * 1024;

  private:
    // A usual frame, a jumbo frame, and the most an interface's MTU allows; with the header they fill whole pages well.
    static constexpr std::array<std::size_t, 3> sizes = {2048 - sizeof(Packet), 10240 - sizeof(Packet),
                                                         mostFrameBytes + 1024 - sizeof(Packet)};

    std::size_t limit_;
    std::size_t used_ = 0;
    std::vector<std::size_t> held_;
    std::array<Packet*, sizes.size()> free_{};
};

inline PacketRef::~PacketRef() {
    if (packet_ != nullptr && --packet_->references == 0) packet_->pool->free(packet_);
}

}  // namespace diecast::net
