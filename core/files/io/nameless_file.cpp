// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/nameless_file.h"

#include "core/base/error.h"
#include "core/files/io/system_error.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

namespace bitloom {

namespace {

std::vector<std::string> folders()
{
    std::vector<std::string> all;
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache)
        all.emplace_back(cache);
    if (const char* home = std::getenv("HOME"); home && *home)
        all.push_back(std::string(home) + "/.cache");
    std::error_code none;
    all.push_back(std::filesystem::temp_directory_path(none).string());
    return all;
}

} // namespace

int namelessFile(int64_t bytes)
{
    int reason = ENOENT;
    for (const std::string& folder : folders()) {
        std::string path = folder + "/bitloom-XXXXXX";
        const int file = mkostemp(path.data(), O_CLOEXEC);
        if (file < 0) {
            reason = errno;
            continue;
        }
        unlink(path.c_str());
        reason = posix_fallocate(file, 0, bytes);
        if (reason == 0)
            return file;
        close(file);
    }
    throw Error("scratch", std::to_string(bytes) +
                               " bytes for results cannot be set aside: " + systemReason(reason));
}

} // namespace bitloom
