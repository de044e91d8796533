// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/file_stamp.h"

#include <sys/stat.h>

namespace bitloom {

namespace {

int64_t nanoseconds(const timespec& time)
{
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

FileStamp stampOf(const struct stat& status)
{
    return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
            nanoseconds(status.st_ctim)};
}

std::optional<FileStamp> stampOf(const std::string& path)
{
    struct stat status = {};
    return stat(path.c_str(), &status) == 0 ? std::optional(stampOf(status)) : std::nullopt;
}

} // namespace bitloom
