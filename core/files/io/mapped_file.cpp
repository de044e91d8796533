// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/mapped_file.h"

#include "core/base/error.h"
#include "core/files/io/descriptor.h"
#include "core/files/io/file_in_use.h"
#include "core/files/io/system_error.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bitloom {
namespace {

/// A mapping the SIGBUS guard may repair. The handler may walk the list at any moment, so nodes are
/// reused but never freed.
struct Region {
    std::atomic<uintptr_t> begin{0};
    std::atomic<uintptr_t> end{0};
    std::atomic<bool> damaged{false};
    std::atomic<bool> taken{true};
    Region* next = nullptr;
};

std::atomic<Region*> g_regions{nullptr};
struct sigaction g_previousAction;
uintptr_t g_pageSize = 4096;

/// Puts zero pages from the fault to the end of the mapping: behind a cut everything is gone, and
/// one fault is then enough. `mmap` and atomics are all that is touched inside the handler.
bool repair(uintptr_t address)
{
    for (Region* region = g_regions.load(); region; region = region->next) {
        const uintptr_t begin = region->begin.load();
        const uintptr_t end = region->end.load();
        if (begin == 0 || address < begin || address >= end)
            continue;
        const uintptr_t page = address & ~(g_pageSize - 1);
        region->damaged.store(true);
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel speaks in addresses
        return mmap(reinterpret_cast<void*>(page), end - page, PROT_READ,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) != MAP_FAILED;
    }
    return false;
}

void onBusError(int signal, siginfo_t* info, void* context)
{
    const int savedErrno = errno;
    const bool repaired = repair(reinterpret_cast<uintptr_t>(info->si_addr));
    errno = savedErrno;
    if (repaired)
        return;
    if ((g_previousAction.sa_flags & SA_SIGINFO) != 0)
        g_previousAction.sa_sigaction(signal, info, context);
    else if (g_previousAction.sa_handler != SIG_DFL && g_previousAction.sa_handler != SIG_IGN)
        g_previousAction.sa_handler(signal);
    else
        sigaction(signal, &g_previousAction, nullptr); // the fault repeats and ends the program
}

void installGuard()
{
    static std::once_flag once;
    std::call_once(once, [] {
        g_pageSize = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
        struct sigaction action = {};
        action.sa_sigaction = onBusError;
        action.sa_flags = SA_SIGINFO | SA_NODEFER;
        sigemptyset(&action.sa_mask);
        sigaction(SIGBUS, &action, &g_previousAction);
    });
}

Region* takeRegion()
{
    for (Region* region = g_regions.load(); region; region = region->next) {
        bool expected = false;
        if (region->taken.compare_exchange_strong(expected, true))
            return region;
    }
    auto* region =
        new Region; // NOLINT(cppcoreguidelines-owning-memory): lives in the list for ever
    region->next = g_regions.load();
    while (!g_regions.compare_exchange_weak(region->next, region)) {
    }
    return region;
}

class Mapping final : public MappedFile {
public:
    Mapping(const std::string& path, int descriptor, const FileStamp& stamp, void* address)
        : m_descriptor(descriptor)
        , m_inUse(stamp)
        , m_region(takeRegion())
    {
        const auto size = static_cast<size_t>(stamp.bytes);
        m_path = path;
        m_openedAs = stamp;
        m_bytes = {static_cast<const std::byte*>(address), size};
        const auto begin = reinterpret_cast<uintptr_t>(address);
        m_region->damaged.store(false);
        m_region->end.store((begin + size + g_pageSize - 1) & ~(g_pageSize - 1));
        m_region->begin.store(begin);
    }

    ~Mapping() override
    {
        m_region->begin.store(0);
        m_region->taken.store(false);
        munmap(const_cast<std::byte*>(m_bytes.data()), m_bytes.size());
        close(m_descriptor);
    }

    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    void check() const override
    {
        struct stat now = {};
        if (fstat(m_descriptor, &now) == 0 && static_cast<size_t>(now.st_size) < m_bytes.size())
            throw Error("file",
                        m_path + " was cut short while open: " + std::to_string(now.st_size) +
                            " of its " + std::to_string(m_bytes.size()) + " bytes are left");
        if (m_region->damaged.load())
            throw Error("file", m_path + " was cut short while open, or its disk failed: a part "
                                         "of it could not be read");
    }

    bool wasWrittenTo() const override
    {
        struct stat now = {};
        return fstat(m_descriptor, &now) != 0 || stampOf(now).isWrittenSince(*m_openedAs);
    }

    void letGo(std::span<const std::byte> stretch) const override
    {
        const auto begin = reinterpret_cast<uintptr_t>(stretch.data());
        const uintptr_t first = (begin + g_pageSize - 1) & ~(g_pageSize - 1);
        const uintptr_t end = (begin + stretch.size()) & ~(g_pageSize - 1);
        if (first <
            end) // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel speaks in addresses
            madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
    }

private:
    int m_descriptor;
    FileInUse m_inUse;
    Region* m_region;
};

} // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path)
{
    installGuard();
    // O_NONBLOCK: opening a pipe must not wait for a writer.
    Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (descriptor.get() < 0)
        throwOpenError("open", path, errno);
    struct stat status = {};
    if (fstat(descriptor.get(), &status) != 0)
        throwOpenError("open", path, errno);
    if (S_ISDIR(status.st_mode))
        throw Error("open", path + " is a folder, not a file");
    if (!S_ISREG(status.st_mode))
        throw Error("open", path + " is not an ordinary file");
    if (status.st_size == 0)
        throw Error("open", path + " is empty (0 bytes)");
    const auto size = static_cast<size_t>(status.st_size);
    void* address = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor.get(), 0);
    if (address == MAP_FAILED)
        throwOpenError("open", path, errno);
    return std::make_shared<Mapping>(path, descriptor.release(), stampOf(status), address);
}

} // namespace bitloom
