// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

struct stat;

namespace bitloom {

/// Which file on disk, and in which state: one that was written to has another stamp.
struct FileStamp {
    uint64_t device = 0;
    uint64_t inode = 0;
    int64_t bytes = 0;
    int64_t modified = 0; ///< nanoseconds since 1970, like `changed`
    int64_t changed = 0;  ///< also by new permissions or names; nobody can set it back

    bool operator==(const FileStamp&) const = default;
    bool isSameFile(const FileStamp& other) const
    {
        return device == other.device && inode == other.inode;
    }
    /// Whether the content may be another. Of stamps of the same file.
    bool isWrittenSince(const FileStamp& earlier) const
    {
        return bytes != earlier.bytes || modified != earlier.modified;
    }
};

FileStamp stampOf(const struct stat& status);
/// The stamp of what a path leads to, through links. Nothing: it is not there.
std::optional<FileStamp> stampOf(const std::string& path);

} // namespace bitloom
