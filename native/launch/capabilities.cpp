#include "capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace diecast::launch {

namespace {

constexpr int harmful[] = {
    CAP_SYS_MODULE,       // load kernel modules
    CAP_SYS_RAWIO,        // reach hardware
    CAP_SYS_BOOT,         // reboot(2) itself is tied to the PID namespace; kexec is not
    CAP_SYS_TIME,         // set the host's clock
    CAP_SYSLOG,           // read and clear the host's kernel log
    CAP_MKNOD,            // make a device file of the host's disk
    CAP_DAC_READ_SEARCH,  // open_by_handle_at(2) reaches files beyond the guest's root
    CAP_SYS_NICE,         // real-time priority: the link emulation would have to wait
    CAP_SYS_PACCT,       CAP_AUDIT_CONTROL, CAP_AUDIT_READ,    CAP_MAC_ADMIN,
    CAP_MAC_OVERRIDE,    CAP_WAKE_ALARM,    CAP_BLOCK_SUSPEND, CAP_LINUX_IMMUTABLE,
};

}  // namespace

void dropHarmfulCapabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
    if (syscall(SYS_capget, &header, data) != 0) throw std::system_error(errno, std::generic_category(), "capget");
    for (const int capability : harmful) {
        // EINVAL: the kernel does not have it.
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL)
            throw std::system_error(errno, std::generic_category(), "PR_CAPBSET_DROP");
        auto& word = data[capability / 32];
        const auto others = ~(std::uint32_t{1} << capability % 32);
        word.effective &= others;
        word.permitted &= others;
        word.inheritable &= others;
    }
    if (syscall(SYS_capset, &header, data) != 0) throw std::system_error(errno, std::generic_category(), "capset");
}

}  // namespace diecast::launch
