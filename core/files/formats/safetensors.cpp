// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/files/formats/gguf_keys.h"
#include "core/files/formats/overlaps.h"
#include "core/files/formats/readers.h"
#include "core/files/formats/safetensors_types.h"
#include "core/files/io/names.h"

#include <algorithm>
#include <cstring>
#include <set>

#include <nlohmann/json.hpp>

namespace bitloom {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kLongestHeader = 100'000'000; // the reference implementation's own limit

[[noreturn]] void fail(const MappedFile& file, const std::string& cause)
{
    throw Error("safetensors", file.path() + ": " + cause);
}

uint64_t headerLength(std::span<const std::byte> bytes)
{
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    return length;
}

std::string_view headerText(const MappedFile& file)
{
    const uint64_t length = headerLength(file.bytes());
    const uint64_t present = file.bytes().size() - 8;
    if (length > present)
        fail(file, "the header claims " + std::to_string(length) + " bytes, but only " +
                       std::to_string(present) + " follow");
    if (length > kLongestHeader)
        fail(file, "the header claims " + std::to_string(length) + " bytes, more than the " +
                       std::to_string(kLongestHeader) + " the format allows");
    return {reinterpret_cast<const char*>(file.bytes().data()) + 8, static_cast<size_t>(length)};
}

/// The header's JSON; refuses what a DOM would hide (a name twice) or choke on (deep nesting).
Json parseHeader(const MappedFile& file)
{
    std::set<std::string> names;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
        if (depth > 4)
            fail(file, "the header is nested deeper than the format allows");
        if (event == Json::parse_event_t::key && depth == 1 &&
            !names.insert(value.get<std::string>()).second)
            fail(file, "tensor " + shown(value.get<std::string>()) + " is there twice");
        return true;
    };
    try {
        Json header = Json::parse(headerText(file), watch);
        if (!header.is_object())
            fail(file, "the header is not a JSON object");
        return header;
    } catch (const Json::parse_error& error) {
        fail(file, "the header is not valid JSON at byte " + std::to_string(8 + error.byte));
    } catch (const Json::exception&) {
        fail(file, "the header holds a number that is out of range");
    }
}

/// A list of non-negative integers, as shapes and offsets are.
std::vector<int64_t> naturals(const MappedFile& file, const std::string& place, const Json& entry,
                              const char* key)
{
    const auto list = entry.find(key);
    if (list == entry.end() || !list->is_array())
        fail(file, place + " has no list " + key);
    std::vector<int64_t> values;
    for (const Json& item : *list) {
        if (!item.is_number_unsigned() ||
            item.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
            fail(file, place + " has " + key + " " + shown(list->dump()) +
                           ", which are not all natural numbers in range");
        values.push_back(item.get<int64_t>());
    }
    return values;
}

/// Bytes that `shape` of `bits` wide elements takes; nullopt when that is no whole number in range.
std::optional<int64_t> bytesOfShape(const Shape& shape, int bits)
{
    const std::optional<int64_t> count = checkedElementCount(shape);
    const std::optional<int64_t> total = count ? checkedProduct(*count, bits) : std::nullopt;
    return total && *total % 8 == 0 ? std::optional(*total / 8) : std::nullopt;
}

void checkSize(const MappedFile& file, const std::string& place, const StoredTensor& tensor)
{
    const std::optional<int> bits = safetensorsBits(tensor.type);
    if (!bits) {
        if (!checkedElementCount(tensor.shape))
            fail(file, place + " has the impossible shape " + shown(tensor.shape));
        return;
    }
    const std::optional<int64_t> needed = bytesOfShape(tensor.shape, *bits);
    if (!needed)
        fail(file, place + " has the impossible shape " + shown(tensor.shape));
    if (*needed != static_cast<int64_t>(tensor.bytes.size()))
        fail(file, place + " of shape " + shown(tensor.shape) + " and type " + tensor.type +
                       " needs " + std::to_string(*needed) + " bytes, but has " +
                       std::to_string(tensor.bytes.size()));
}

std::span<const std::byte> dataOf(const MappedFile& file, const std::string& place,
                                  const Json& entry, std::span<const std::byte> data)
{
    const std::vector<int64_t> offsets = naturals(file, place, entry, "data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1])
        fail(file, place + " has data_offsets that are not a beginning and an end");
    const auto size = static_cast<int64_t>(data.size());
    if (offsets[1] > size)
        fail(file, place + " ends " + std::to_string(offsets[1] - size) +
                       " bytes past the end of the file");
    return data.subspan(static_cast<size_t>(offsets[0]),
                        static_cast<size_t>(offsets[1] - offsets[0]));
}

StoredTensor readEntry(const std::shared_ptr<const MappedFile>& file, const std::string& name,
                       const Json& entry, std::span<const std::byte> data)
{
    const std::string place = "tensor " + shown(name);
    if (!entry.is_object())
        fail(*file, place + " is not described by a JSON object");
    const auto type = entry.find("dtype");
    if (type == entry.end() || !type->is_string())
        fail(*file, place + " has no dtype");
    StoredTensor tensor;
    tensor.name = name;
    tensor.shape = naturals(*file, place, entry, "shape");
    tensor.type = type->get<std::string>();
    tensor.file = file;
    tensor.bytes = dataOf(*file, place, entry, data);
    checkSize(*file, place, tensor);
    if (tensor.type != shown(tensor.type))
        fail(*file, place + " has the dtype " + shown(tensor.type) + ", which is no name");
    if (safetensorsBits(tensor.type))
        tensor.scheme = findScheme(lowerCase(tensor.type));
    if (tensor.scheme)
        tensor.type = tensor.scheme->id();
    return tensor;
}

} // namespace

bool looksLikeSafetensors(std::span<const std::byte> bytes)
{
    return bytes.size() > 8 && bytes[8] == std::byte{'{'};
}

namespace {

/// The side files that writeSafetensors keeps in the header, and what others said there.
void readMetadata(const Json& metadata, const std::string& path, Checkpoint& checkpoint)
{
    if (!metadata.is_object())
        return;
    for (const auto& [key, value] : metadata.items()) {
        const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        if (key.starts_with(kSideFilePrefix))
            checkpoint.sideFiles[key.substr(kSideFilePrefix.size())] = text;
        else
            checkpoint.annotations[key] = text;
    }
    const auto keys = checkpoint.sideFiles.find(kGgufKeysFile);
    if (keys != checkpoint.sideFiles.end() && checkpoint.encodedKeys.empty())
        readGgufKeysText(keys->second, path, checkpoint);
}

} // namespace

void readSafetensors(const std::shared_ptr<const MappedFile>& file, Checkpoint& checkpoint)
{
    if (!looksLikeSafetensors(file->bytes()))
        fail(*file, "the file does not begin as a safetensors file does");
    const Json header = parseHeader(*file);
    const auto data = file->bytes().subspan(8 + headerText(*file).size());
    std::vector<StoredTensor> tensors;
    for (const auto& [name, entry] : header.items())
        if (name == "__metadata__")
            readMetadata(entry, file->path(), checkpoint);
        else
            tensors.push_back(readEntry(file, name, entry, data));
    refuseOverlaps("safetensors", *file, tensors);
    std::stable_sort(tensors.begin(), tensors.end(),
                     [](const StoredTensor& a, const StoredTensor& b) {
                         return a.bytes.data() < b.bytes.data();
                     });
    std::move(tensors.begin(), tensors.end(), std::back_inserter(checkpoint.tensors));
    checkpoint.fileBytes += static_cast<int64_t>(file->bytes().size());
}

} // namespace bitloom
