// Dynamic symbols of a small ELF image in memory that is linked as the kernel links its vDSO: one segment at address 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace diecast::clock {

class ElfSymbols {
  public:
    // Every offset is checked against the image's end before it is used. Throws std::runtime_error if it is malformed.
    explicit ElfSymbols(std::span<const std::byte> image);

    // The value of a defined symbol: its offset from the image's base.
    std::optional<std::uint64_t> find(std::string_view name) const;

  private:
    template <typename T>
    T read(std::uint64_t offset) const;
    std::string_view text(std::uint64_t offset) const;

    std::span<const std::byte> image_;
    std::uint64_t symbols_ = 0;
    std::uint64_t strings_ = 0;
    std::uint32_t count_ = 0;
};

}  // namespace diecast::clock
