// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/text_file.h"

#include "core/base/error.h"
#include "core/files/io/atomic_file.h"
#include "core/files/io/system_error.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include <sys/stat.h>

namespace bitloom {

void writeTextFile(const OutputFile& target, const std::string& text)
{
    AtomicFile file(target, static_cast<int64_t>(text.size()));
    file.write(std::as_bytes(std::span(text)));
    file.commit();
}

std::string readTextFile(const std::string& path)
{
    struct stat status = {};
    if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        throw Error("open", path + " is a folder, not a file");
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) // may never end
        throw Error("open", path + " is a device, not a file");
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
    if (!file)
        throwOpenError("open", path, errno);
    std::string text;
    std::array<char, 65536> buffer;
    while (const size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get()))
        text.append(buffer.data(), count);
    if (std::ferror(file.get()) != 0)
        throw Error("open", path + " could not be read: " + systemReason(errno));
    return text;
}

} // namespace bitloom
