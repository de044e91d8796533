// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/formats/checkpoint.h"

#include "core/base/error.h"
#include "core/files/io/fingerprint.h"
#include "core/files/io/names.h"

#include <algorithm>
#include <cstring>

namespace bitloom {
namespace {

const Scheme& readable(const StoredTensor& tensor)
{
    if (!tensor.scheme)
        throw Error("file", tensor.file->path() + ": tensor " + shown(tensor.name) +
                                " cannot be read: its type " + tensor.type + " is not one of ours");
    return *tensor.scheme;
}

/// Stored rows that follow each other, [stored, stored + count), for logical rows from `first` on.
int64_t runLength(const StoredTensor& tensor, int64_t first, int64_t end)
{
    if (tensor.rowOrder.empty())
        return end - first;
    int64_t next = first + 1;
    while (next < end && tensor.rowOrder[static_cast<size_t>(next)] ==
                             tensor.rowOrder[static_cast<size_t>(next - 1)] + 1)
        ++next;
    return next - first;
}

/// Calls `visit(bytes, logical row, rows)` for every stretch of rows that lie together on disk.
template <typename Visit>
void forEachRun(const StoredTensor& tensor, int64_t first, int64_t count, Visit visit)
{
    const int64_t rowBytes = readable(tensor).rowBytes(tensor.columns());
    const int64_t rowsAt = readable(tensor).parameterBytes(tensor.columns());
    for (int64_t row = first; row < first + count;) {
        const int64_t run = runLength(tensor, row, first + count);
        visit(tensor.bytes.subspan(static_cast<size_t>(rowsAt + tensor.storedRow(row) * rowBytes),
                                   static_cast<size_t>(run * rowBytes)),
              row, run);
        row += run;
    }
}

/// What all rows of a tensor share.
std::span<const std::byte> parametersOf(const StoredTensor& tensor)
{
    return tensor.bytes.first(
        static_cast<size_t>(readable(tensor).parameterBytes(tensor.columns())));
}

/// Whether the numbers of a row lie apart.
bool isScattered(const StoredTensor& tensor)
{
    return tensor.transposedFrom > 0 || (tensor.shape.size() == 1 && !tensor.rowOrder.empty());
}

/// Copies rows [first, first + count) of a tensor that is stored the other way round.
void gatherRows(const StoredTensor& tensor, int64_t first, int64_t count, size_t size,
                std::byte* out)
{
    const auto columns = static_cast<size_t>(tensor.columns());
    const auto stride = static_cast<size_t>(tensor.transposedFrom) * size;
    std::vector<size_t> offsets; // of the rows within a stored one
    for (int64_t row = first; row < first + count; ++row)
        offsets.push_back(static_cast<size_t>(tensor.storedRow(row)) * size);
    for (size_t column = 0; column < columns; ++column) {
        const std::byte* from = tensor.bytes.data() + column * stride;
        for (size_t row = 0; row < offsets.size(); ++row)
            std::memcpy(out + (row * columns + column) * size, from + offsets[row], size);
    }
}

/// Copies the listed numbers of a vector.
void gatherNumbers(const StoredTensor& tensor, size_t size, std::byte* out)
{
    for (int64_t column = 0; column < tensor.columns(); ++column)
        std::memcpy(out + static_cast<size_t>(column) * size,
                    tensor.bytes.data() + static_cast<size_t>(tensor.storedRow(column)) * size,
                    size);
}

/// Rows [first, first + count) of a tensor whose numbers lie apart, as packed rows.
PackedTensor gathered(const StoredTensor& tensor, int64_t first, int64_t count)
{
    const auto size = static_cast<size_t>(readable(tensor).rowBytes(1));
    std::span<std::byte> out;
    PackedTensor result = PackedTensor::allocate(*tensor.scheme, count, tensor.columns(), out);
    if (tensor.transposedFrom > 0)
        gatherRows(tensor, first, count, size, out.data());
    else
        gatherNumbers(tensor, size, out.data());
    if (tensor.file)
        tensor.file->check();
    return result;
}

/// The first, middle and last stretch: enough to tell two trainings of one shape apart.
void addSamples(Fingerprint& fingerprint, std::span<const std::byte> bytes)
{
    constexpr size_t kChunk = 2048;
    if (bytes.size() <= 3 * kChunk) {
        fingerprint.add(bytes);
        return;
    }
    fingerprint.add(bytes.first(kChunk));
    fingerprint.add(bytes.subspan(bytes.size() / 2, kChunk));
    fingerprint.add(bytes.last(kChunk));
}

} // namespace

StoredTensor StoredTensor::transposed() const
{
    if (!readable(*this).isPlain() || shape.size() != 2 || !rowsAsStored())
        throw Error("file", file->path() + ": tensor " + shown(name) + " of type " + type +
                                " cannot be read with rows and columns exchanged");
    StoredTensor result = *this;
    result.shape = {shape[1], shape[0]};
    result.transposedFrom = shape[1];
    return result;
}

StoredTensor StoredTensor::part(int64_t first, int64_t count) const
{
    StoredTensor result = *this;
    result.shape.front() = count;
    const bool shares = scheme && scheme->parameterBytes(columns()) > 0;
    if (transposedFrom > 0 && rowOrder.empty()) {
        result.firstStored += first;
        return result;
    }
    if (!rowOrder.empty() || shares) { // what the rows share lies before them all
        const int64_t each = std::max<int64_t>(1, rows() / shape.front()); // of a vector: numbers
        result.rowOrder.clear();
        for (int64_t row = first * each; row < (first + count) * each; ++row)
            result.rowOrder.push_back(static_cast<int32_t>(storedRow(row)));
        return result;
    }
    const size_t bytesEach = bytes.size() / static_cast<size_t>(shape.front());
    result.bytes = bytes.subspan(static_cast<size_t>(first) * bytesEach,
                                 static_cast<size_t>(count) * bytesEach);
    return result;
}

StoredTensor StoredTensor::entry(int64_t index) const
{
    if (shape.size() < 3)
        throw Error("file", file->path() + ": tensor " + shown(name) +
                                " has no entries of two dimensions or more");
    StoredTensor result = part(index, 1);
    result.shape.erase(result.shape.begin());
    return result;
}

StoredTensor StoredTensor::listed(const std::vector<int32_t>& entries) const
{
    const bool vector = shape.size() == 1 && readable(*this).isPlain();
    if (entries.empty() || (!vector && shape.size() != 2))
        throw Error("file", file->path() + ": tensor " + shown(name) + " of type " + type +
                                " cannot be read by a list of rows");
    StoredTensor result = *this;
    result.shape.front() = static_cast<int64_t>(entries.size());
    result.rowOrder.resize(entries.size());
    std::ranges::transform(entries, result.rowOrder.begin(),
                           [&](int32_t entry) { return static_cast<int32_t>(storedRow(entry)); });
    result.firstStored = 0;
    return result;
}

Matrix StoredTensor::readRows(int64_t first, int64_t count) const
{
    const Scheme& reader = readable(*this);
    if (isScattered(*this))
        return gathered(*this, first, count).decode();
    Matrix result(count, columns());
    const std::span<float> out = result.values;
    forEachRun(*this, first, count, [&](auto stored, int64_t row, int64_t run) {
        reader.decode(parametersOf(*this), stored, run, columns(),
                      out.subspan(static_cast<size_t>((row - first) * columns()),
                                  static_cast<size_t>(run * columns())));
    });
    file->check();
    return result;
}

PackedTensor StoredTensor::packedRows(int64_t first, int64_t count) const
{
    const Scheme& reader = readable(*this);
    if (isScattered(*this))
        return gathered(*this, first, count);
    const auto rowBytes = static_cast<size_t>(reader.rowBytes(columns()));
    const std::span<const std::byte> parameters = parametersOf(*this);
    PackedTensor result{&reader, count, columns(), file, {}};
    if (rowOrder.empty() && parameters.empty()) {
        result.bytes = bytes.subspan(static_cast<size_t>(first) * rowBytes,
                                     static_cast<size_t>(count) * rowBytes);
    } else {
        std::span<std::byte> writable;
        result = PackedTensor::allocate(reader, count, columns(), parameters, writable);
        forEachRun(*this, first, count, [&](auto stored, int64_t row, int64_t) {
            std::memcpy(writable.data() + static_cast<size_t>(row - first) * rowBytes,
                        stored.data(), stored.size());
        });
    }
    if (file)
        file->check();
    return result;
}

const StoredTensor* Checkpoint::find(std::string_view name) const
{
    const auto found = std::find_if(tensors.begin(), tensors.end(),
                                    [&](const StoredTensor& t) { return t.name == name; });
    return found == tensors.end() ? nullptr : &*found;
}

void Checkpoint::check() const
{
    const MappedFile* last = nullptr; // neighbours share their file
    for (const StoredTensor& tensor : tensors)
        if (tensor.file.get() != last) {
            last = tensor.file.get();
            last->check();
        }
}

std::string Checkpoint::identity() const
{
    Fingerprint fingerprint;
    for (const auto& [key, value] : metadata) {
        fingerprint.add(key);
        std::visit([&](const auto& held) { fingerprint.add(held); }, value);
    }
    for (const char* name : {"config.json", "tokenizer.json", "vocab.json"})
        if (const auto text = sideFiles.find(name); text != sideFiles.end())
            fingerprint.add(text->second);
    for (const StoredTensor& tensor : tensors) {
        fingerprint.add(tensor.name);
        fingerprint.add(tensor.type);
        fingerprint.add(tensor.shape);
        addSamples(fingerprint, tensor.bytes);
        tensor.file->check();
    }
    return fingerprint.hex();
}

} // namespace bitloom
