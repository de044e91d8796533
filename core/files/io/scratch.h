// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace bitloom {

/// Floats in a file: large results that the system may push out of memory, so that they are bounded
/// by the disk rather than by memory.
class Scratch {
public:
    /// Zeroed, in a nameless file that vanishes with them: in $XDG_CACHE_HOME, ~/.cache or the
    /// folder for temporary files, the first that can be written. Error when the disk is full.
    static std::unique_ptr<Scratch> floats(int64_t count);
    /// Zeroed, in a file that vanishes unless keep() gives it the name `path`. Error as above.
    static std::unique_ptr<Scratch> named(const std::string& path, int64_t count);
    /// What was kept under that name; null: nothing, or not so many floats.
    static std::unique_ptr<Scratch> stored(const std::string& path, int64_t count);

    virtual ~Scratch() = default;
    virtual std::span<float> values() = 0;
    /// Puts them on disk under their name, all or nothing. Error when that fails.
    virtual void keep() {}
};

} // namespace bitloom
