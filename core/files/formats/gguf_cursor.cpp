// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/formats/gguf_cursor.h"

#include "core/base/error.h"

namespace bitloom {
namespace {

/// Value types of GGUF metadata (ggml, docs/gguf.md).
enum ValueType : int32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

constexpr int kDeepestArray = 16;

} // namespace

void GgufCursor::fail(const std::string& cause) const
{
    throw Error("gguf", m_path + ": " + cause);
}

std::span<const std::byte> GgufCursor::take(uint64_t size, const std::string& place)
{
    if (size > remaining())
        fail("the file ends inside " + place + ", " + std::to_string(size - remaining()) +
             " bytes short");
    const auto bytes = m_bytes.subspan(m_position, static_cast<size_t>(size));
    m_position += static_cast<size_t>(size);
    return bytes;
}

std::string GgufCursor::readSince(size_t position) const
{
    return {reinterpret_cast<const char*>(m_bytes.data()) + position, m_position - position};
}

std::string GgufCursor::string(const std::string& place)
{
    const uint64_t length = count(1, "bytes", place);
    const auto bytes = take(length, place);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

uint64_t GgufCursor::count(uint64_t leastBytes, const std::string& what, const std::string& place)
{
    const auto claimed = number<uint64_t>(place);
    if (claimed > remaining() / leastBytes)
        fail(place + " claims " + std::to_string(claimed) + " " + what + ", but only " +
             std::to_string(remaining()) + " bytes follow");
    return claimed;
}

template <typename Held, typename Stored>
std::vector<Held> GgufCursor::numbers(const std::string& place)
{
    std::vector<Held> values(count(sizeof(Stored), "values", place));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<Held>(number<Stored>(place)); // NOLINT(bugprone-signed-char-misuse)
    return values;
}

std::optional<MetadataValue> GgufCursor::array(const std::string& place, int depth)
{
    const auto type = number<int32_t>(place);
    if (type != Array)
        return flatArray(type, place);
    if (depth >= kDeepestArray)
        fail(place + " nests arrays deeper than " + std::to_string(kDeepestArray));
    constexpr uint64_t kLeastArrayBytes = sizeof(int32_t) + sizeof(uint64_t);
    const uint64_t arrays = count(kLeastArrayBytes, "arrays", place);
    for (uint64_t i = 0; i < arrays; ++i)
        array(place, depth + 1);
    return std::nullopt;
}

MetadataValue GgufCursor::flatArray(int32_t type, const std::string& place)
{
    switch (type) {
    case U8:
        return numbers<int64_t, uint8_t>(place);
    case I8:
        return numbers<int64_t, int8_t>(place);
    case U16:
        return numbers<int64_t, uint16_t>(place);
    case I16:
        return numbers<int64_t, int16_t>(place);
    case U32:
        return numbers<int64_t, uint32_t>(place);
    case I32:
        return numbers<int64_t, int32_t>(place);
    case U64:
        return numbers<int64_t, uint64_t>(place);
    case I64:
        return numbers<int64_t, int64_t>(place);
    case F32:
        return numbers<double, float>(place);
    case F64:
        return numbers<double, double>(place);
    case Bool:
        return numbers<bool, uint8_t>(place);
    case String: {
        std::vector<std::string> values(count(sizeof(uint64_t), "strings", place));
        for (std::string& text : values)
            text = string(place);
        return values;
    }
    default:
        fail(place + " is an array of the unknown value type " + std::to_string(type));
    }
}

std::optional<MetadataValue> GgufCursor::value(int32_t type, const std::string& place)
{
    switch (type) {
    case U8:
        return uint64_t{number<uint8_t>(place)};
    case I8:
        return int64_t{number<int8_t>(place)};
    case U16:
        return uint64_t{number<uint16_t>(place)};
    case I16:
        return int64_t{number<int16_t>(place)};
    case U32:
        return uint64_t{number<uint32_t>(place)};
    case I32:
        return int64_t{number<int32_t>(place)};
    case F32:
        return double{number<float>(place)};
    case Bool:
        return number<uint8_t>(place) != 0;
    case String:
        return string(place);
    case Array:
        return array(place, 1);
    case U64:
        return number<uint64_t>(place);
    case I64:
        return number<int64_t>(place);
    case F64:
        return number<double>(place);
    default:
        fail(place + " has the unknown value type " + std::to_string(type));
    }
}

} // namespace bitloom
