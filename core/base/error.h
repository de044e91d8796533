// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace bitloom {

/// A failure a person can act on: one sentence, prefixed by the operation that met it, such as
/// `[gguf] tensor blk.3.ffn_up.weight ends 439 bytes past the file`. Thrown where the cause is
/// known, caught only by app (jobs.cpp, cli/main.cpp).
class Error : public std::runtime_error {
public:
    Error(std::string_view operation, std::string_view cause)
        : std::runtime_error(std::string("[").append(operation).append("] ").append(cause))
    {
    }
};

} // namespace bitloom
