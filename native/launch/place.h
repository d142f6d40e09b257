// Where COMMAND runs, opened on the host before anything is entered.
#pragma once

#include <optional>
#include <vector>

#include "cgroups.h"
#include "join.h"
#include "options.h"

namespace diecast::launch {

struct Place {
    std::optional<Guest> guest;  // with --join
    std::vector<Cgroup> cgroups;
};

// Throws std::exception with a message for the user.
inline Place openPlace(const Options& options) {
    Place place;
    if (options.join) place.guest.emplace(*options.join);
    place.cgroups = openCgroups(options.cgroups);
    return place;
}

}  // namespace diecast::launch
