// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/network/graph/graph.h"

#include <cstdint>
#include <map>
#include <torch/torch.h>
#include <vector>

namespace bitloom {

/// Masks of a pass, each made when it is first asked for.
class TorchCausalMasks {
public:
    /// −∞ for keys behind the query's position, among the last `rows` of both: [rows, rows].
    const torch::Tensor& of(int64_t rows, const torch::TensorOptions& options);

private:
    std::map<int64_t, torch::Tensor> m_masks; ///< by rows
};

/// What an `attention` reads: texts of one length, one below the other. Keys and values may hold
/// more positions than the queries, which are then the last ones.
torch::Tensor attendCausally(const Attributes& attributes, int64_t texts,
                             const torch::Tensor& queries, const torch::Tensor& keys,
                             const torch::Tensor& values, TorchCausalMasks& masks);

/// What a `text_attention` reads: texts of these lengths, one below the other.
torch::Tensor attendWithinTexts(const Attributes& attributes, const std::vector<int64_t>& lengths,
                                const torch::Tensor& queries, const torch::Tensor& keys,
                                const torch::Tensor& values);

} // namespace bitloom
