// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

namespace bitloom {

/// Writes one number over another in a tensor of single precision of a .safetensors file.
inline void patchTensor(const std::string& file, const std::string& tensor, size_t index,
                        float value)
{
    std::ifstream in(file, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    const auto header = nlohmann::json::parse(bytes.substr(sizeof length, length));
    const auto& entry = header.at(tensor);
    if (entry.at("dtype") != "F32")
        throw std::runtime_error(tensor + " is not stored in single precision");
    const auto offset = entry.at("data_offsets").at(0).get<size_t>();
    std::memcpy(bytes.data() + sizeof length + length + offset + index * sizeof value, &value,
                sizeof value);
    std::ofstream(file, std::ios::binary).write(bytes.data(), std::ssize(bytes));
}

} // namespace bitloom
