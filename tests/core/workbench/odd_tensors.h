// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"
#include "core/files/formats/writers.h"
#include "tests/core/files/file_builders.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace bitloom {

/// A tensor of any type that safetensors knows, with bytes that mean nothing.
struct OddTensor {
    std::string name;
    std::string type;
    std::string shape; ///< "[2,3]"
    size_t bytes = 0;
};

inline std::string oddTensorFile(const std::vector<OddTensor>& tensors)
{
    std::string header = "{\"__metadata__\":{\"format\":\"pt\",\"made by\":\"hand\"}";
    std::string data;
    for (const OddTensor& odd : tensors) {
        header.append(",\"" + odd.name + "\":{\"dtype\":\"" + odd.type);
        header.append("\",\"shape\":" + odd.shape + ",\"data_offsets\":[");
        header.append(std::to_string(data.size()) + "," + std::to_string(data.size() + odd.bytes));
        header.append("]}");
        for (size_t i = 0; i < odd.bytes; ++i)
            data += static_cast<char>((data.size() * 37 + odd.name.size()) % 120 + 1);
    }
    return safetensorsFile(header + "}", data);
}

/// Writes the tensors of a folder's model.safetensors anew, with further ones and without those
/// whose name ends with `without` (empty: all stay).
inline void addOddTensors(const std::string& folder, const std::vector<OddTensor>& tensors,
                          const std::string& without = "")
{
    const std::string file = folder + "/model.safetensors";
    const std::string odd = folder + "/odd";
    std::filesystem::rename(file, folder + "/before");
    writeBytes(odd, oddTensorFile(tensors));
    const Checkpoint before = openCheckpoint(folder + "/before");
    const Checkpoint added = openCheckpoint(odd);
    std::vector<TensorToWrite> all;
    for (const StoredTensor& tensor : before.tensors)
        if (without.empty() || !tensor.name.ends_with(without))
            all.push_back(copyOf(tensor));
    for (const StoredTensor& tensor : added.tensors)
        all.push_back(copyOf(tensor));
    Progress unwatched;
    writeSafetensors(file, all, {}, unwatched, {}, added.annotations);
    std::filesystem::remove(folder + "/before");
    std::filesystem::remove(odd);
}

inline bool sameBytes(const StoredTensor& one, const StoredTensor& other)
{
    return one.type == other.type && one.shape == other.shape &&
           std::equal(one.bytes.begin(), one.bytes.end(), other.bytes.begin(), other.bytes.end());
}

/// The first tensor that is not in both files with the same type, shape and bytes; empty: none.
inline std::string firstDifference(const Checkpoint& one, const Checkpoint& other)
{
    if (one.tensors.size() != other.tensors.size())
        return std::to_string(one.tensors.size()) + " tensors against " +
               std::to_string(other.tensors.size());
    for (const StoredTensor& tensor : one.tensors) {
        const StoredTensor* copy = other.find(tensor.name);
        if (!copy || !sameBytes(tensor, *copy))
            return tensor.name;
    }
    return {};
}

} // namespace bitloom
