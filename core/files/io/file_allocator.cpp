// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/file_allocator.h"

#include "core/base/error.h"
#include "core/files/io/descriptor.h"
#include "core/files/io/nameless_file.h"
#include "core/files/io/system_error.h"

#include <cerrno>
#include <sys/mman.h>

namespace bitloom {

void* mapNamelessFile(size_t bytes)
{
    const Descriptor file(namelessFile(static_cast<int64_t>(bytes)));
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (at == MAP_FAILED)
        throw Error("scratch", "results cannot be mapped: " + systemReason(errno));
    return at;
}

void unmapNamelessFile(void* at, size_t bytes)
{
    munmap(at, bytes);
}

} // namespace bitloom
