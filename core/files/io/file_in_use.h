// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/file_stamp.h"

#include <optional>
#include <string>

namespace bitloom {

/// Says, as long as it lives, that this program reads a file: then nothing is written in its place
/// (requireWritable), whatever name or link it is called by. Thread safe.
class FileInUse {
public:
    /// Nothing happens where there is no such file.
    explicit FileInUse(const std::string& path)
        : FileInUse(stampOf(path))
    {
    }
    explicit FileInUse(const std::optional<FileStamp>& file);
    ~FileInUse();
    FileInUse(const FileInUse&) = delete;
    FileInUse& operator=(const FileInUse&) = delete;

    static bool isInUse(const FileStamp& file);

private:
    std::optional<FileStamp> m_file;
};

} // namespace bitloom
