// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/files/formats/checkpoint.h"
#include "core/files/formats/readers.h"
#include "core/files/io/names.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace bitloom {
namespace {

/// A file format we read. The content decides, never the name: `sniff` sees the whole mapping but
/// looks at its first bytes only.
struct FileFormat {
    std::string_view name;
    bool (*sniff)(std::span<const std::byte> bytes);
    FileReader read;
};

constexpr auto kFormats = std::to_array<FileFormat>({
    {"gguf", looksLikeGguf, readGguf},
    {"safetensors", looksLikeSafetensors, readSafetensors},
});

std::string firstBytes(std::span<const std::byte> bytes)
{
    return std::string(reinterpret_cast<const char*>(bytes.data()),
                       std::min<size_t>(bytes.size(), 8));
}

void readFile(const std::string& path, Checkpoint& checkpoint)
{
    const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
    const auto* format = std::find_if(kFormats.begin(), kFormats.end(), [&](const FileFormat& row) {
        return row.sniff(file->bytes());
    });
    if (format == kFormats.end())
        throw Error("open", path + " is neither GGUF nor safetensors: it starts with " +
                                shown(firstBytes(file->bytes())));
    checkpoint.format = format->name;
    format->read(file, checkpoint);
    file->check();
}

} // namespace

Checkpoint openCheckpoint(const std::string& path)
{
    Checkpoint checkpoint;
    std::error_code ignored;
    const bool isFolder = std::filesystem::is_directory(path, ignored);
    const std::string folder = isFolder ? path : huggingFaceFolderOf(path);
    checkpoint.path = folder.empty() ? path : folder;
    if (!folder.empty()) {
        checkpoint.format = "safetensors";
        readHuggingFaceFolder(folder, checkpoint);
    } else {
        readFile(path, checkpoint);
    }
    return checkpoint;
}

} // namespace bitloom
