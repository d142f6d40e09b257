#include "tap.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "names.h"

namespace diecast::net {

clock::Fd openTap(const std::string& interface) {
    clock::Fd fd(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT || errno == ENODEV || errno == ENXIO) {
            throw SetupError(SetupError::Code::Unsupported,
                             "this kernel has no TUN/TAP devices (/dev/net/tun), which guests' interfaces are made of",
                             "modprobe tun; in a container: docker run --device /dev/net/tun");
        }
        throw SetupError::system(errno, "cannot open /dev/net/tun");
    }
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(fd.get(), TUNSETIFF, &request) != 0)
        throw SetupError::system(errno, "cannot make interface " + interface);
    return fd;
}

}  // namespace diecast::net
