// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"

#include <memory>
#include <string>

namespace bitloom {

/// Reads the header of one mapped file into `checkpoint`: adds tensors, metadata and fileBytes.
/// Nothing is believed before it is checked against the file's size; every breach is an Error.
using FileReader = void (*)(const std::shared_ptr<const MappedFile>& file, Checkpoint& checkpoint);

bool looksLikeGguf(std::span<const std::byte> bytes);
void readGguf(const std::shared_ptr<const MappedFile>& file, Checkpoint& checkpoint);

/// Header keys under which a .safetensors carries the side files of its folder.
inline constexpr std::string_view kSideFilePrefix = "bitloom.file.";

bool looksLikeSafetensors(std::span<const std::byte> bytes);
void readSafetensors(const std::shared_ptr<const MappedFile>& file, Checkpoint& checkpoint);

/// A Hugging Face folder: model.safetensors or the shards its index names, and the side files.
/// Also the folder of a model in the Hugging Face cache, which keeps its files under snapshots/.
void readHuggingFaceFolder(const std::string& path, Checkpoint& checkpoint);
/// The folder that a file stands for: it holds a config.json, and the file is what would be read
/// there. Empty: the file stands for itself.
std::string huggingFaceFolderOf(const std::string& path);

} // namespace bitloom
