// Why the network cannot be set up, in the terms of DieCastError (src/errors.ts).
#pragma once

#include <stdexcept>
#include <string>

namespace diecast::pace {

struct SetupError : std::runtime_error {
    enum class Code { Failed, Permission, Unsupported };

    SetupError(Code theCode, const std::string& message, std::string theRemedy = {})
        : std::runtime_error(message), code(theCode), remedy(std::move(theRemedy)) {}

    // From errno: what was tried, on what.
    static SetupError system(int error, const std::string& what);

    Code code;
    std::string remedy;
};

}  // namespace diecast::pace
