#include "guest_image.h"

#include <sys/auxv.h>

#include <stdexcept>
#include <string>

#include "abi.h"
#include "elf_symbols.h"

// The image's bytes, from native/clock/guest_image_data.S.
extern "C" const std::byte dc_guest_image_begin[];
extern "C" const std::byte dc_guest_image_end[];

namespace diecast::clock {

namespace {

GuestImage parseImage() {
    const std::size_t size = static_cast<std::size_t>(dc_guest_image_end - dc_guest_image_begin);
    if (size > DC_CODE_MAX) throw std::logic_error("the guest image outgrew its place");
    const ElfSymbols symbols({dc_guest_image_begin, size});
    const auto address = [&symbols](const char* name) {
        const auto value = symbols.find(name);
        if (!value) throw std::logic_error(std::string("the guest image lacks ") + name);
        return DC_CODE_ADDR + *value;
    };
    return {dc_guest_image_begin,     size,
            address("dc_on_signal"),  address("dc_restorer"),
            address("dc_wait_begin"), address("dc_wait_end"),
            address("dc_rearm"),      address("dc_gate")};
}

KernelVdso parseVdso() {
    // The kernel maps at most a few pages; the headers and tables read here lie in the first two.
    constexpr std::size_t span = 8192;
    const unsigned long base = getauxval(AT_SYSINFO_EHDR);
    if (base == 0) return {};
    const ElfSymbols symbols({reinterpret_cast<const std::byte*>(base), span});
    const auto offset = [&symbols](const char* name) { return symbols.find(name).value_or(0); };
    return {offset("__vdso_clock_gettime"), offset("__vdso_gettimeofday"), offset("__vdso_getcpu"),
            offset("__vdso_getrandom")};
}

}  // namespace

const GuestImage& guestImage() {
    static const GuestImage image = parseImage();
    return image;
}

const KernelVdso& kernelVdso() {
    static const KernelVdso vdso = parseVdso();
    return vdso;
}

}  // namespace diecast::clock
