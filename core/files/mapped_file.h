// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace bitloom {

/// A file mapped read-only. Pages come in when touched; nothing is copied. A file that is cut
/// short while mapped does not kill the program: `check()` (and a SIGBUS guard underneath that puts
/// zero pages in place) turns it into an Error.
class MappedFile {
public:
    /// Errors: cannot be opened, is a directory, is empty.
    static std::shared_ptr<const MappedFile> open(const std::string& path);
    virtual ~MappedFile() = default;

    const std::string& path() const { return m_path; }
    std::span<const std::byte> bytes() const { return m_bytes; }
    /// Throws when the file shrank or a page could not be read since it was opened. Call after
    /// reading a stretch of it.
    virtual void check() const = 0;

protected:
    std::string m_path;
    std::span<const std::byte> m_bytes;
};

} // namespace bitloom
