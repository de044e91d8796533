// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/atomic_file.h"

#include "core/base/error.h"
#include "core/files/io/system_error.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bitloom {
namespace {

namespace fs = std::filesystem;

/// A hidden name beside the target that no other writer of this machine picks.
std::string temporaryName(const std::string& target)
{
    static std::atomic<int> counter{0};
    const fs::path path(target);
    const std::string name = "." + path.filename().string() + "." + std::to_string(getpid()) + "-" +
                             std::to_string(counter++) + ".part";
    return (path.parent_path() / name).string();
}

/// The rename itself must reach the disk too.
void syncFolder(const std::string& target)
{
    const fs::path parent = fs::path(target).parent_path();
    const int folder = open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_CLOEXEC);
    if (folder < 0)
        return;
    fsync(folder);
    close(folder);
}

} // namespace

AtomicFile::AtomicFile(OutputFile file, int64_t expectedBytes)
    : m_file(std::move(file))
    , m_target(behindLinks(m_file.path))
    , m_temporary(temporaryName(m_target))
{
    requireWritable(m_file);
    struct stat old = {};
    const bool replaces = stat(m_target.c_str(), &old) == 0;
    m_descriptor = open(m_temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (m_descriptor < 0)
        throw Error("write", m_file.path + " cannot be written: " + systemReason(errno));
    if (replaces)
        fchmod(m_descriptor, old.st_mode & 07777U);
    // Where the disk cannot reserve (EOPNOTSUPP), a full one shows while writing.
    if (expectedBytes > 0 && fallocate(m_descriptor, FALLOC_FL_KEEP_SIZE, 0, expectedBytes) != 0 &&
        (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)) {
        const int error = errno;
        close(m_descriptor);
        unlink(m_temporary.c_str());
        fail(error);
    }
}

AtomicFile::~AtomicFile()
{
    if (m_descriptor >= 0)
        close(m_descriptor);
    if (!m_temporary.empty())
        unlink(m_temporary.c_str());
}

void AtomicFile::fail(int error) const
{
    throw Error("write", m_file.path + " could not be written: " + systemReason(error));
}

void AtomicFile::write(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(m_descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail(errno);
        bytes = bytes.subspan(static_cast<size_t>(count));
        m_written += count;
    }
}

void AtomicFile::pad(int64_t alignment)
{
    const std::array<std::byte, 64> zeros{};
    write(std::span(zeros).first(
        static_cast<size_t>((alignment - m_written % alignment) % alignment)));
}

bool AtomicFile::commit(const FileCheck& check)
{
    if (fsync(m_descriptor) != 0)
        fail(errno);
    if (check && !check(m_temporary))
        return false;
    if (close(std::exchange(m_descriptor, -1)) != 0)
        fail(errno);
    moveIntoPlace();
    syncFolder(m_target);
    return true;
}

void AtomicFile::moveIntoPlace()
{
    requireWritable(m_file);
    const unsigned flags = m_file.mayReplace ? 0 : RENAME_NOREPLACE;
    int failed = renameat2(AT_FDCWD, m_temporary.c_str(), AT_FDCWD, m_target.c_str(), flags);
    // A disk or a system that knows no flags: looked at a moment ago.
    if (failed != 0 && (errno == EINVAL || errno == ENOSYS))
        failed = std::rename(m_temporary.c_str(), m_target.c_str());
    if (failed != 0)
        fail(errno);
    m_temporary.clear();
}

} // namespace bitloom
