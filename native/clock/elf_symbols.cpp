#include "elf_symbols.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace diecast::clock {

template <typename T>
T ElfSymbols::read(std::uint64_t offset) const {
    if (offset > image_.size() || image_.size() - offset < sizeof(T))
        throw std::runtime_error("ELF image: offset past its end");
    T value;
    std::memcpy(&value, image_.data() + offset, sizeof value);
    return value;
}

std::string_view ElfSymbols::text(std::uint64_t offset) const {
    if (offset >= image_.size()) throw std::runtime_error("ELF image: name past its end");
    const auto rest = image_.subspan(offset);
    const auto end = std::ranges::find(rest, std::byte{0});
    return {reinterpret_cast<const char*>(rest.data()), static_cast<std::size_t>(end - rest.begin())};
}

ElfSymbols::ElfSymbols(std::span<const std::byte> image) : image_(image) {
    const auto header = read<Elf64_Ehdr>(0);
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64) {
        throw std::runtime_error("ELF image: not a 64-bit ELF file");
    }
    std::uint64_t dynamic = 0;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        const auto segment = read<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
        if (segment.p_type == PT_DYNAMIC) dynamic = segment.p_vaddr;
    }
    if (dynamic == 0) throw std::runtime_error("ELF image: no dynamic section");

    std::uint64_t hash = 0;
    std::uint64_t gnuHash = 0;
    for (std::uint64_t at = dynamic;; at += sizeof(Elf64_Dyn)) {
        const auto entry = read<Elf64_Dyn>(at);
        if (entry.d_tag == DT_NULL) break;
        if (entry.d_tag == DT_SYMTAB) symbols_ = entry.d_un.d_ptr;
        if (entry.d_tag == DT_STRTAB) strings_ = entry.d_un.d_ptr;
        if (entry.d_tag == DT_HASH) hash = entry.d_un.d_ptr;
        if (entry.d_tag == DT_GNU_HASH) gnuHash = entry.d_un.d_ptr;
    }
    if (symbols_ == 0 || strings_ == 0) throw std::runtime_error("ELF image: no dynamic symbols");
    if (hash != 0) {
        count_ = read<std::uint32_t>(hash + 4);
    } else if (gnuHash != 0) {
        // Kernels from 6.13 link their vDSO without DT_HASH. Its string table follows its symbols.
        count_ = static_cast<std::uint32_t>((strings_ - symbols_) / sizeof(Elf64_Sym));
    }
}

std::optional<std::uint64_t> ElfSymbols::find(std::string_view name) const {
    for (std::uint32_t i = 0; i < count_; i++) {
        const auto symbol = read<Elf64_Sym>(symbols_ + i * sizeof(Elf64_Sym));
        if (symbol.st_shndx != SHN_UNDEF && text(strings_ + symbol.st_name) == name) return symbol.st_value;
    }
    return std::nullopt;
}

}  // namespace diecast::clock
