// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/files/formats/checkpoint.h"
#include "core/files/io/output_file.h"
#include "core/files/io/text_file.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// One tensor to be written. `produce` is called once, in file order, so that a model never has to
/// be held whole; it returns exactly `bytes` bytes (checked).
struct TensorToWrite {
    std::string name;
    Shape shape;        ///< PyTorch order
    std::string scheme; ///< scheme id
    std::function<PackedTensor()> produce;
    /// Set: the tensor is copied byte for byte, whatever it means. `scheme` is then its type as
    /// StoredTensor has it, and there is nothing to produce.
    std::optional<StoredTensor> copied = {};
};
/// A tensor as it is stored, under its name or another.
TensorToWrite copyOf(const StoredTensor& tensor);

/// Metadata of a GGUF file in writing order. The writer picks the GGUF value type from `type`.
struct GgufEntry {
    std::string key;
    /// Encoded: the value is text that holds value type and value as the file does.
    enum class Type {
        U32,
        I32,
        F32,
        Bool,
        String,
        ArrayString,
        ArrayF32,
        ArrayI32,
        ArrayU32,
        Encoded
    } type;
    MetadataValue value;
};

/// Bytes of the file that writeGguf would write; computed without the tensors' data.
int64_t ggufBytes(const std::vector<GgufEntry>& metadata,
                  const std::vector<TensorToWrite>& tensors);
/// GGUF v3, alignment 32. Written beside the target, synced, renamed; a stop through `progress` or
/// an Error leaves the old file. Returns false when stopped, or when `check` says no.
bool writeGguf(const OutputFile& target, const std::vector<GgufEntry>& metadata,
               const std::vector<TensorToWrite>& tensors, Progress& progress,
               const FileCheck& check = {});
/// The GGUF type id of a scheme, or -1 when GGUF cannot hold it.
int ggufType(std::string_view schemeId);

int64_t safetensorsBytes(const std::vector<TensorToWrite>& tensors,
                         const std::map<std::string, std::string>& sideFiles,
                         const std::map<std::string, std::string>& annotations = {});
/// As writeGguf. Tensors must be copied or of plain schemes (f32, f16, bf16). The side files
/// (config.json, tokenizer.json, ... by name) go into the header, so that the file alone opens as a
/// whole model; other readers pass them over. Annotations stand beside them. Error: a text that is
/// not UTF-8.
bool writeSafetensors(const OutputFile& target, const std::vector<TensorToWrite>& tensors,
                      const std::map<std::string, std::string>& sideFiles, Progress& progress,
                      const FileCheck& check = {},
                      const std::map<std::string, std::string>& annotations = {});

} // namespace bitloom
