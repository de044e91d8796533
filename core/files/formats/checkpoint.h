// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/file_in_use.h"
#include "core/files/io/mapped_file.h"
#include "core/storage/packed_tensor.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace bitloom {

/// One tensor on disk. `bytes` lies in `file`'s mapping.
struct StoredTensor {
    std::string name;
    Shape shape;      ///< PyTorch order (GGUF's dimensions reversed)
    std::string type; ///< scheme id, or the file's own type name when no scheme reads it (I64, ...)
    const Scheme* scheme = nullptr; ///< nullptr: the tensor cannot be read as floats
    bool inIndex = true; ///< false: a shard holds it and the folder's index does not name it
    std::shared_ptr<const MappedFile> file;
    std::span<const std::byte> bytes;
    /// Row r of the tensor is stored row rowOrder[r]; empty: as stored (GGUF's q/k permutation). Of
    /// a vector the same of its numbers; then the scheme must be plain.
    std::vector<int32_t> rowOrder;
    /// Above 0, the tensor is stored the other way round, in rows of so many numbers: row r is
    /// their column `firstStored + r`, or rowOrder[r]. Then the scheme must be plain.
    int64_t transposedFrom = 0;
    int64_t firstStored = 0;

    /// As a matrix: the last dimension is a row (1-D: one row).
    int64_t columns() const { return shape.empty() ? 1 : shape.back(); }
    int64_t rows() const { return columns() == 0 ? 0 : elementCount(shape) / columns(); }
    /// Bytes its numbers take on disk.
    int64_t storedBytes() const
    {
        return scheme ? scheme->slotBytes(rows(), columns()) : static_cast<int64_t>(bytes.size());
    }
    /// Whether row r is the r-th that is stored.
    bool rowsAsStored() const { return rowOrder.empty() && transposedFrom == 0; }

    /// This tensor with rows and columns exchanged, its numbers still on disk as they are. Error
    /// unless it is a matrix of a plain scheme whose rows are as stored.
    StoredTensor transposed() const;
    /// Entries [first, first + count) along the first dimension, still on disk.
    StoredTensor part(int64_t first, int64_t count) const;
    /// Entry `index` along the first of three or more dimensions, without that dimension.
    StoredTensor entry(int64_t index) const;
    /// Of a matrix those rows, of a vector those numbers, one or more, still on disk. Error: it is
    /// neither, or a vector of a scheme that is not plain.
    StoredTensor listed(const std::vector<int32_t>& rows) const;
    /// The row (of what is stored the other way round, the column; of a vector, the number) that is
    /// stored of row r.
    int64_t storedRow(int64_t row) const
    {
        return rowOrder.empty() ? firstStored + row : rowOrder[static_cast<size_t>(row)];
    }

    /// Rows [first, first + count) as floats, in logical order. Throws Error when the mapped file
    /// shrank meanwhile or the type has no scheme.
    Matrix readRows(int64_t first, int64_t count) const;
    Matrix read() const { return readRows(0, rows()); }
    /// The stored bytes as a packed tensor, borrowed from the mapping where the row order allows.
    PackedTensor packed() const { return packedRows(0, rows()); }
    /// Rows [first, first + count) of it.
    PackedTensor packedRows(int64_t first, int64_t count) const;
};

/// GGUF-style metadata values. Arrays are homogeneous.
using MetadataValue =
    std::variant<bool, int64_t, uint64_t, double, std::string, std::vector<int64_t>,
                 std::vector<double>, std::vector<std::string>, std::vector<bool>>;

/// What is on disk, read from headers alone.
struct Checkpoint {
    std::string path;   ///< what the user named, or the folder it stands for
    std::string format; ///< row of the files table: "safetensors", "gguf"
    std::vector<StoredTensor> tensors;
    std::map<std::string, MetadataValue> metadata; ///< GGUF keys
    /// All keys of `metadata` as GGUF encodes them, value type and value: what is carried into
    /// another file. Also those that are arrays of arrays, which `metadata` lacks.
    std::map<std::string, std::string> encodedKeys;
    /// What a safetensors header says beside tensors and side files (`__metadata__`).
    std::map<std::string, std::string> annotations;
    /// Text of side files of a Hugging Face folder by name: config.json, tokenizer.json,
    /// tokenizer_config.json, ... (hugging_face_folder.cpp lists them). Absent: not there.
    std::map<std::string, std::string> sideFiles;
    std::vector<std::shared_ptr<const FileInUse>> filesInUse; ///< side files and the index on disk
    std::string notice;    ///< empty, or one sentence on what is odd about the files
    int64_t fileBytes = 0; ///< of all weight files together

    const StoredTensor* find(std::string_view name) const;
    /// Throws when a file was cut short while open. For those who read mapped bytes themselves;
    /// call it afterwards.
    void check() const;
    /// Hash of headers, sizes and sampled chunks, as hex; instant. Enough for recipes and autosaves
    /// to find their model, never to take one model for another (ContentHash).
    std::string identity() const;
};

/// Opens a Hugging Face folder (also a cache folder of symlinks), a .safetensors or a .gguf. The
/// weights or the index of a folder with a config.json stand for the folder, which `path` then is.
/// Errors are one sentence naming file, place and cause.
Checkpoint openCheckpoint(const std::string& path);

} // namespace bitloom
