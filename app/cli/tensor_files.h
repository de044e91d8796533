// SPDX-License-Identifier: GPL-3.0-or-later
// Tensors that verbs read and write.
#pragma once

#include "core/base/tensor.h"
#include "core/files/io/output_file.h"

#include <string>
#include <vector>

namespace bitloom {

/// A matrix of numbers with its name in a file.
struct NamedMatrix {
    std::string name;
    Matrix rows;
    bool vector = false; ///< written as one dimension
};

/// Every tensor of a safetensors file, the last dimension as a row. Error: not such a file.
std::vector<NamedMatrix> readTensors(const std::string& path);
/// Writes them as f32, in their order.
void writeTensors(const OutputFile& file, const std::vector<NamedMatrix>& tensors);

} // namespace bitloom
