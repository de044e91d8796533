// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/formats/tensor_stream.h"

#include "core/base/error.h"
#include "core/files/io/names.h"

#include <algorithm>
#include <set>

namespace bitloom {
namespace {

constexpr size_t kChunk = size_t{16} << 20U; // how much is written between two looks at the stop

int64_t columnsOf(const Shape& shape)
{
    return shape.empty() ? 1 : shape.back();
}

void checkProduced(const std::string& path, const TensorToWrite& tensor,
                   const PackedTensor& produced)
{
    const int64_t promised = storedBytes(tensor);
    if (!produced.scheme || produced.scheme->id() != tensor.scheme ||
        static_cast<int64_t>(produced.bytes.size()) != promised)
        throw Error("write", path + ": tensor " + shown(tensor.name) + " came as " +
                                 std::to_string(produced.bytes.size()) + " bytes of " +
                                 std::string(produced.scheme ? produced.scheme->id() : "nothing") +
                                 " instead of " + std::to_string(promised) + " bytes of " +
                                 tensor.scheme);
}

/// The bytes that belong there; `keeper` keeps them alive.
std::span<const std::byte> bytesToWrite(const std::string& path, const TensorToWrite& tensor,
                                        PackedTensor& keeper)
{
    if (tensor.copied)
        return tensor.copied->bytes;
    keeper = tensor.produce();
    checkProduced(path, tensor, keeper);
    return keeper.bytes;
}

bool writeChunks(AtomicFile& file, std::span<const std::byte> bytes, const Progress& progress)
{
    for (size_t at = 0; at < bytes.size(); at += kChunk) {
        if (progress.stopRequested())
            return false;
        file.write(bytes.subspan(at, std::min(kChunk, bytes.size() - at)));
    }
    return true;
}

} // namespace

TensorToWrite copyOf(const StoredTensor& tensor)
{
    if (!tensor.rowsAsStored())
        throw Error("write", "tensor " + shown(tensor.name) + " of type " + tensor.type +
                                 " cannot be copied: its rows are stored in another order");
    return {tensor.name, tensor.shape, tensor.type, {}, tensor};
}

int64_t storedBytes(const TensorToWrite& tensor)
{
    if (tensor.copied)
        return static_cast<int64_t>(tensor.copied->bytes.size());
    const Scheme& scheme = schemeNamed(tensor.scheme);
    const int64_t columns = columnsOf(tensor.shape);
    if (!scheme.accepts(columns))
        throw Error("write", "tensor " + shown(tensor.name) + " has rows of " +
                                 std::to_string(columns) + ", which " + tensor.scheme +
                                 " does not take");
    return columns == 0 ? 0 : scheme.slotBytes(elementCount(tensor.shape) / columns, columns);
}

void refuseTwins(std::string_view operation, const std::string& path,
                 const std::vector<TensorToWrite>& tensors)
{
    std::set<std::string_view> names;
    for (const TensorToWrite& tensor : tensors)
        if (!names.insert(tensor.name).second)
            throw Error(operation,
                        path + ": tensor " + shown(tensor.name) + " would be there twice");
}

bool writeTensors(AtomicFile& file, const std::string& path,
                  const std::vector<const TensorToWrite*>& tensors, int64_t alignment,
                  Progress& progress)
{
    int64_t done = 0;
    int64_t total = 1;
    for (const TensorToWrite* tensor : tensors)
        total += storedBytes(*tensor);
    for (const TensorToWrite* tensor : tensors) {
        progress.report(static_cast<double>(done) / static_cast<double>(total), tensor->name);
        if (progress.stopRequested())
            return false;
        PackedTensor keeper;
        if (!writeChunks(file, bytesToWrite(path, *tensor, keeper), progress))
            return false;
        if (tensor->copied)
            tensor->copied->file->check();
        file.pad(alignment);
        done += storedBytes(*tensor);
    }
    return !progress.stopRequested();
}

} // namespace bitloom
