// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"

#include <cstring>
#include <optional>

namespace bitloom {

/// Walks the head of a GGUF file and refuses to step past its end. `place` names what is being
/// read, for the sentence.
class GgufCursor {
public:
    /// `path` is for sentences.
    GgufCursor(std::span<const std::byte> bytes, std::string path)
        : m_bytes(bytes)
        , m_path(std::move(path))
    {
    }

    [[noreturn]] void fail(const std::string& cause) const;
    size_t position() const { return m_position; }
    uint64_t remaining() const { return m_bytes.size() - m_position; }
    /// What was read since `position`.
    std::string readSince(size_t position) const;

    template <typename Number>
    Number number(const std::string& place)
    {
        Number value;
        std::memcpy(&value, take(sizeof value, place).data(), sizeof value);
        return value;
    }
    std::string string(const std::string& place);
    /// A value of GGUF value type `type`; arrays included. Nothing for an array of arrays, which is
    /// stepped over.
    std::optional<MetadataValue> value(int32_t type, const std::string& place);
    /// A count of things that take at least `leastBytes` each, refused when they cannot all follow.
    uint64_t count(uint64_t leastBytes, const std::string& what, const std::string& place);

private:
    std::span<const std::byte> take(uint64_t size, const std::string& place);
    std::optional<MetadataValue> array(const std::string& place, int depth);
    MetadataValue flatArray(int32_t type, const std::string& place);
    template <typename Held, typename Stored>
    std::vector<Held> numbers(const std::string& place);

    std::span<const std::byte> m_bytes;
    std::string m_path;
    size_t m_position = 0;
};

} // namespace bitloom
