// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/formats/gguf_keys.h"

#include "core/files/io/base64.h"
#include "core/files/io/names.h"

namespace bitloom {
namespace {

void readKey(GgufCursor& cursor, const std::string& ordinal, Checkpoint& checkpoint)
{
    const std::string key = cursor.string("metadata key " + ordinal);
    const std::string place = "metadata " + shown(key);
    if (!isUtf8(key))
        cursor.fail(place + " has a name that is not UTF-8");
    const size_t begin = cursor.position();
    const auto type = cursor.number<int32_t>(place);
    std::optional<MetadataValue> value = cursor.value(type, place);
    if (!checkpoint.encodedKeys.emplace(key, cursor.readSince(begin)).second)
        cursor.fail(place + " is there twice");
    if (value)
        checkpoint.metadata.emplace(key, std::move(*value));
}

} // namespace

void readGgufKeys(GgufCursor& cursor, uint64_t count, Checkpoint& checkpoint)
{
    for (uint64_t i = 0; i < count; ++i)
        readKey(cursor, std::to_string(i + 1), checkpoint);
}

std::string ggufKeysText(const Checkpoint& checkpoint)
{
    std::string bytes;
    for (const auto& [key, encoded] : checkpoint.encodedKeys) {
        const uint64_t length = key.size();
        bytes.append(reinterpret_cast<const char*>(&length), sizeof length);
        bytes.append(key).append(encoded);
    }
    return toBase64(bytes);
}

void readGgufKeysText(const std::string& text, const std::string& path, Checkpoint& checkpoint)
{
    const std::optional<std::string> bytes = fromBase64(text);
    GgufCursor cursor(std::as_bytes(std::span(bytes ? *bytes : text)), path);
    if (!bytes)
        cursor.fail(std::string(kGgufKeysFile) + " in the header is not base64");
    for (uint64_t i = 1; cursor.remaining() > 0; ++i)
        readKey(cursor, std::to_string(i), checkpoint);
}

} // namespace bitloom
