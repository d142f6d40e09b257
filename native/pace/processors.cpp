#include "pace/processors.h"

#include <pthread.h>
#include <sched.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "pace/setup_error.h"

namespace diecast::pace {

std::vector<int> allowedProcessors() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) throw SetupError::system(errno, "sched_getaffinity");
    std::vector<int> found;
    for (int processor = 0; processor < CPU_SETSIZE; processor++)
        if (CPU_ISSET(processor, &allowed)) found.push_back(processor);
    return found;
}

bool pinTo(int processor) noexcept {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    return pthread_setaffinity_np(pthread_self(), sizeof one, &one) == 0;
}

bool sharesItsCore(int processor) {
    const std::string number = std::to_string(processor);
    std::ifstream file("/sys/devices/system/cpu/cpu" + number + "/topology/thread_siblings_list");
    std::string siblings;
    // "0", "0-1", "0,64"
    return !std::getline(file, siblings) || siblings != number;
}

}  // namespace diecast::pace
