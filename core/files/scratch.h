// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace bitloom {

/// Zeroed floats in a nameless file that vanishes with them: large results that the system may
/// push out of memory, so that they are bounded by the disk rather than by memory.
class Scratch {
public:
    /// In $XDG_CACHE_HOME, ~/.cache or the folder for temporary files, the first that can be
    /// written. Error when the disk is full.
    static std::unique_ptr<Scratch> floats(int64_t count);
    virtual ~Scratch() = default;
    virtual std::span<float> values() = 0;
};

} // namespace bitloom
