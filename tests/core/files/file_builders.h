// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace bitloom {

/// Bytes of little-endian numbers and strings, as both formats use them.
class Bytes {
public:
    template <typename Number>
    Bytes& number(Number value)
    {
        m_text.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    Bytes& u32(uint32_t value) { return number(value); }
    Bytes& u64(uint64_t value) { return number(value); }
    Bytes& raw(const std::string& text)
    {
        m_text += text;
        return *this;
    }
    Bytes& string(const std::string& text) { return u64(text.size()).raw(text); }
    Bytes& zeros(size_t count) { return raw(std::string(count, '\0')); }
    Bytes& align(size_t to) { return zeros((to - m_text.size() % to) % to); }
    const std::string& text() const { return m_text; }

private:
    std::string m_text;
};

/// A safetensors file: header text (padded to 8) and data.
inline std::string safetensorsFile(std::string header, const std::string& data)
{
    header.resize((header.size() + 7) / 8 * 8, ' ');
    return Bytes().string(header).raw(data).text();
}

inline Bytes ggufHead(uint64_t tensors, uint64_t keys, uint32_t version = 3)
{
    return Bytes().raw("GGUF").u32(version).u64(tensors).u64(keys);
}

inline void addGgufTensor(Bytes& bytes, const std::string& name,
                          const std::vector<int64_t>& dimensions, int32_t type, uint64_t offset)
{
    bytes.string(name).u32(static_cast<uint32_t>(dimensions.size()));
    for (const int64_t dimension : dimensions)
        bytes.number(dimension);
    bytes.number(type).u64(offset);
}

/// One tensor "w" of `dimensions` (GGUF order) at offset 0, with `dataBytes` zeros behind.
inline std::string ggufFile(const std::vector<int64_t>& dimensions, int32_t type, size_t dataBytes,
                            const std::string& name = "w", uint64_t offset = 0)
{
    Bytes bytes = ggufHead(1, 0);
    addGgufTensor(bytes, name, dimensions, type, offset);
    return bytes.align(32).zeros(dataBytes).text();
}

inline void writeBytes(const std::string& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

} // namespace bitloom
