// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/scratch.h"

#include "core/base/error.h"
#include "core/files/io/descriptor.h"
#include "core/files/io/nameless_file.h"
#include "core/files/io/system_error.h"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace bitloom {

namespace {

class MappedScratch : public Scratch {
public:
    MappedScratch(const Descriptor& file, int64_t count)
        : m_bytes(static_cast<size_t>(count) * sizeof(float))
    {
        if (count == 0)
            return;
        m_at = mmap(nullptr, m_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
        if (m_at == MAP_FAILED)
            throw Error("scratch", "results cannot be mapped: " + systemReason(errno));
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

protected:
    void sync() const
    {
        if (m_bytes > 0 && msync(m_at, m_bytes, MS_SYNC) != 0)
            throw Error("scratch", "results cannot be put on disk: " + systemReason(errno));
    }

private:
    size_t m_bytes = 0;
    void* m_at = nullptr;
};

/// Removed under its temporary name unless it was kept.
class NamedScratch : public MappedScratch {
public:
    NamedScratch(const Descriptor& file, int64_t count, std::string temporary, std::string path)
        : MappedScratch(file, count)
        , m_temporary(std::move(temporary))
        , m_path(std::move(path))
    {
    }
    ~NamedScratch() override
    {
        if (!m_temporary.empty())
            unlink(m_temporary.c_str());
    }
    void keep() override
    {
        if (m_temporary.empty())
            return;
        sync();
        if (rename(m_temporary.c_str(), m_path.c_str()) != 0)
            throw Error("scratch", m_path + " cannot be written: " + systemReason(errno));
        m_temporary.clear();
    }

private:
    std::string m_temporary; ///< empty once it was kept
    std::string m_path;
};

int64_t bytesOfFloats(int64_t count)
{
    return count * static_cast<int64_t>(sizeof(float));
}

} // namespace

std::unique_ptr<Scratch> Scratch::floats(int64_t count)
{
    const Descriptor file(count > 0 ? namelessFile(bytesOfFloats(count)) : -1);
    return std::make_unique<MappedScratch>(file, count);
}

std::unique_ptr<Scratch> Scratch::named(const std::string& path, int64_t count)
{
    std::string temporary = path + ".XXXXXX";
    const Descriptor file(mkostemp(temporary.data(), O_CLOEXEC));
    int reason = file.get() < 0 ? errno : 0;
    if (reason == 0 && count > 0)
        reason = posix_fallocate(file.get(), 0, bytesOfFloats(count));
    if (reason == 0)
        return std::make_unique<NamedScratch>(file, count, temporary, path);
    if (file.get() >= 0)
        unlink(temporary.c_str());
    throw Error("scratch", path + " cannot be written: " + systemReason(reason));
}

std::unique_ptr<Scratch> Scratch::stored(const std::string& path, int64_t count)
{
    const Descriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
    struct stat status = {};
    if (file.get() < 0 || fstat(file.get(), &status) != 0 || status.st_size != bytesOfFloats(count))
        return nullptr;
    return std::make_unique<MappedScratch>(file, count);
}

} // namespace bitloom
