// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/scratch.h"

#include "core/error.h"
#include "core/files/system_error.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/mman.h>
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

/// Descriptor of a file without a name, as long as the floats; closed by the caller.
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

class MappedScratch : public Scratch {
public:
    explicit MappedScratch(int64_t count)
        : m_bytes(static_cast<size_t>(count) * sizeof(float))
    {
        if (count == 0)
            return;
        const int file = namelessFile(static_cast<int64_t>(m_bytes));
        m_at = mmap(nullptr, m_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        const int reason = errno;
        close(file);
        if (m_at == MAP_FAILED)
            throw Error("scratch", "results cannot be mapped: " + systemReason(reason));
    }
    MappedScratch(const MappedScratch&) = delete;
    MappedScratch& operator=(const MappedScratch&) = delete;
    ~MappedScratch() override
    {
        if (m_bytes > 0)
            munmap(m_at, m_bytes);
    }
    std::span<float> values() override
    {
        return {static_cast<float*>(m_at), m_bytes / sizeof(float)};
    }

private:
    size_t m_bytes = 0;
    void* m_at = nullptr;
};

} // namespace

std::unique_ptr<Scratch> Scratch::floats(int64_t count)
{
    return std::make_unique<MappedScratch>(count);
}

} // namespace bitloom
