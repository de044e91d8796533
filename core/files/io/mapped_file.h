// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/file_stamp.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace bitloom {

/// A file mapped read-only. Pages come in when touched; nothing is copied. A file that is cut
/// short while mapped does not kill the program: `check()` (and a SIGBUS guard underneath that puts
/// zero pages in place) turns it into an Error. Nothing is written in its place (FileInUse).
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
    /// As it was when it was opened. Nothing: it lies on no disk.
    const std::optional<FileStamp>& openedAs() const { return m_openedAs; }
    /// Whether somebody wrote to it since.
    virtual bool wasWrittenTo() const { return false; }
    /// A stretch is not needed soon: its pages need not stay mapped.
    virtual void letGo(std::span<const std::byte> /*stretch*/) const {}

protected:
    std::string m_path;
    std::span<const std::byte> m_bytes;
    std::optional<FileStamp> m_openedAs;
};

} // namespace bitloom
