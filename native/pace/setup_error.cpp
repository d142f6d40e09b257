#include "pace/setup_error.h"

#include <cerrno>
#include <cstring>

namespace diecast::pace {

SetupError SetupError::system(int error, const std::string& what) {
    const std::string message = what + ": " + strerror(error);
    switch (error) {
        case EPERM:
        case EACCES:
            return {Code::Permission, message, "run as root; in a container: docker run --privileged"};
        case EMFILE:
        case ENFILE:
            return {Code::Failed, message, "raise the limit on open files: ulimit -Hn, or fs.file-max"};
        default:
            return {Code::Failed, message};
    }
}

}  // namespace diecast::pace
