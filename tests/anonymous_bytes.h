// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace bitloom {

/// Of this program's memory, what the system cannot push out without swap; -1: not known.
inline int64_t anonymousBytes()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("RssAnon:"))
            return std::stoll(line.substr(line.find_first_of("0123456789"))) << 10;
    return -1;
}

} // namespace bitloom
