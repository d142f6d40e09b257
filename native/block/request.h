// One request to a disk, from when the kernel hands it over to its reply.
#pragma once

#include <cstdint>
#include <memory>

#include "disk/model.h"

namespace diecast::block {

struct Request {
    std::uint64_t unique = 0;  // the kernel's name for it
    disk::Kind kind = disk::Kind::Read;
    std::uint64_t offset = 0;  // in bytes, as is the length
    std::uint32_t length = 0;

    // A write's bytes, or room for a read's. They begin at `dataAt`.
    std::unique_ptr<std::uint8_t[]> buffer;
    std::size_t dataAt = 0;
    std::uint8_t* data() const noexcept { return buffer.get() + dataAt; }

    bool carriesData() const noexcept { return kind == disk::Kind::Read || kind == disk::Kind::Write; }
};

}  // namespace diecast::block
