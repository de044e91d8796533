// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/formats/gguf_keys.h"
#include "core/files/formats/gguf_types.h"
#include "core/files/formats/overlaps.h"
#include "core/files/formats/readers.h"
#include "core/files/io/names.h"

#include <algorithm>
#include <bit>
#include <set>

namespace bitloom {
namespace {

constexpr uint64_t kLeastKeyBytes = 8 + 4 + 1;     // key length, value type, one byte
constexpr uint64_t kLeastTensorBytes = 8 + 4 + 12; // name length, dimensions, type and offset
constexpr uint32_t kMostDimensions = 4;

/// A tensor of the head; where its data lies is known only after the last one.
struct Entry {
    StoredTensor tensor;
    const GgufType* type = nullptr;
    uint64_t offset = 0;
};

void checkVersion(const GgufCursor& cursor, uint32_t version)
{
    if ((version & 0xFFFFU) == 0)
        cursor.fail("the file is big-endian, which is not supported");
    if (version != 2 && version != 3)
        cursor.fail("GGUF version " + std::to_string(version) + " is not supported (2 and 3 are)");
}

Shape readShape(GgufCursor& cursor, const std::string& place)
{
    const auto dimensions = cursor.number<uint32_t>(place);
    if (dimensions > kMostDimensions)
        cursor.fail(place + " claims " + std::to_string(dimensions) + " dimensions (" +
                    std::to_string(kMostDimensions) + " are possible)");
    Shape shape;
    for (uint32_t i = 0; i < dimensions; ++i)
        shape.insert(shape.begin(), cursor.number<int64_t>(place));
    if (!checkedElementCount(shape))
        cursor.fail(place + " has the impossible shape " + shown(shape));
    return shape.empty() ? Shape{1} : shape;
}

Entry readTensorInfo(GgufCursor& cursor, uint64_t index)
{
    Entry entry;
    StoredTensor& tensor = entry.tensor;
    tensor.name = cursor.string("the name of tensor " + std::to_string(index + 1));
    const std::string place = "tensor " + shown(tensor.name);
    if (tensor.name.empty() || !isUtf8(tensor.name))
        cursor.fail(place + " has a name that is " + (tensor.name.empty() ? "empty" : "not UTF-8"));
    tensor.shape = readShape(cursor, place);
    const auto id = cursor.number<int32_t>(place);
    entry.offset = cursor.number<uint64_t>(place);
    entry.type = findGgufType(id);
    tensor.scheme = entry.type ? findScheme(lowerCase(entry.type->name)) : nullptr;
    tensor.type = tensor.scheme ? std::string(tensor.scheme->id())
                  : entry.type  ? std::string(entry.type->name)
                                : "type " + std::to_string(id);
    return entry;
}

std::vector<Entry> readEntries(GgufCursor& cursor, uint64_t count)
{
    std::vector<Entry> entries;
    std::set<std::string> names;
    for (uint64_t i = 0; i < count; ++i) {
        entries.push_back(readTensorInfo(cursor, i));
        const std::string& name = entries.back().tensor.name;
        if (!names.insert(name).second)
            cursor.fail("tensor " + shown(name) + " is there twice");
    }
    return entries;
}

uint64_t alignmentOf(const GgufCursor& cursor, const std::map<std::string, MetadataValue>& metadata)
{
    const auto entry = metadata.find("general.alignment");
    if (entry == metadata.end())
        return 32;
    const auto* alignment = std::get_if<uint64_t>(&entry->second);
    if (!alignment || !std::has_single_bit(*alignment))
        cursor.fail("metadata general.alignment is not a power of two");
    return *alignment;
}

int64_t bytesOfEntry(const GgufCursor& cursor, const std::string& place, const Entry& entry)
{
    const int64_t columns = entry.tensor.columns();
    const GgufType& type = *entry.type;
    if (columns % type.blockElements != 0)
        cursor.fail(place + " has rows of " + std::to_string(columns) +
                    ", which is no multiple of " + std::to_string(type.blockElements) +
                    " as type " + std::string(type.name) + " needs");
    const std::optional<int64_t> bytes =
        checkedProduct(elementCount(entry.tensor.shape) / type.blockElements, type.blockBytes);
    if (!bytes)
        cursor.fail(place + " has the impossible shape " + shown(entry.tensor.shape));
    return *bytes;
}

/// Where the data behind `offset` begins: of a type nobody has told us about, that is the end.
uint64_t nextOffset(const std::vector<Entry>& entries, uint64_t offset, uint64_t end)
{
    for (const Entry& entry : entries)
        if (entry.offset > offset)
            end = std::min(end, entry.offset);
    return end;
}

void place(const GgufCursor& cursor, Entry& entry, const std::vector<Entry>& all,
           std::span<const std::byte> data, uint64_t alignment)
{
    const std::string name = "tensor " + shown(entry.tensor.name);
    if (entry.offset % alignment != 0)
        cursor.fail(name + " begins at offset " + std::to_string(entry.offset) +
                    ", which is no multiple of " + std::to_string(alignment));
    if (entry.offset > data.size())
        cursor.fail(name + " begins " + std::to_string(entry.offset - data.size()) +
                    " bytes past the end of the file");
    const uint64_t bytes = entry.type ? static_cast<uint64_t>(bytesOfEntry(cursor, name, entry))
                                      : nextOffset(all, entry.offset, data.size()) - entry.offset;
    if (bytes > data.size() - entry.offset)
        cursor.fail(name + " ends " + std::to_string(bytes - (data.size() - entry.offset)) +
                    " bytes past the end of the file");
    entry.tensor.bytes =
        data.subspan(static_cast<size_t>(entry.offset), static_cast<size_t>(bytes));
}

void refuseSplit(const GgufCursor& cursor, const std::map<std::string, MetadataValue>& metadata)
{
    const auto entry = metadata.find("split.count");
    const auto* parts = entry == metadata.end() ? nullptr : std::get_if<uint64_t>(&entry->second);
    if (parts && *parts > 1)
        cursor.fail("the file is one part of a model split into " + std::to_string(*parts) +
                    "; join the parts first (llama-gguf-split --merge)");
}

} // namespace

bool looksLikeGguf(std::span<const std::byte> bytes)
{
    return bytes.size() >= 4 && std::memcmp(bytes.data(), "GGUF", 4) == 0;
}

void readGguf(const std::shared_ptr<const MappedFile>& file, Checkpoint& checkpoint)
{
    GgufCursor cursor(file->bytes(), file->path());
    cursor.number<uint32_t>("the head"); // the magic number, sniffed
    checkVersion(cursor, cursor.number<uint32_t>("the head"));
    const auto tensors = cursor.count(kLeastTensorBytes, "tensors", "the head");
    const auto keys = cursor.count(kLeastKeyBytes, "metadata keys", "the head");
    readGgufKeys(cursor, keys, checkpoint);
    refuseSplit(cursor, checkpoint.metadata);
    std::vector<Entry> entries = readEntries(cursor, tensors);

    const uint64_t alignment = alignmentOf(cursor, checkpoint.metadata);
    const uint64_t size = file->bytes().size();
    const uint64_t padding = (alignment - cursor.position() % alignment) % alignment;
    const uint64_t start = padding > cursor.remaining() ? size : cursor.position() + padding;
    for (Entry& entry : entries) {
        entry.tensor.file = file;
        place(cursor, entry, entries, file->bytes().subspan(static_cast<size_t>(start)), alignment);
    }
    for (Entry& entry : entries)
        checkpoint.tensors.push_back(std::move(entry.tensor));
    refuseOverlaps("gguf", *file, checkpoint.tensors);
    checkpoint.fileBytes += static_cast<int64_t>(size);
}

} // namespace bitloom
