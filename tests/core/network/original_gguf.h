// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/writers.h"
#include "core/network/engine/engine.h"

#include <cstring>

namespace bitloom {

/// Stored rows in another order.
inline PackedTensor reordered(const PackedTensor& tensor, const std::vector<int32_t>& order)
{
    if (order.empty())
        return tensor;
    std::span<std::byte> bytes;
    PackedTensor result =
        PackedTensor::allocate(*tensor.scheme, tensor.rows, tensor.columns, bytes);
    const auto rowBytes = static_cast<size_t>(tensor.scheme->rowBytes(tensor.columns));
    for (size_t r = 0; r < order.size(); ++r)
        std::memcpy(bytes.data() + r * rowBytes, tensor.row(order[r]).data(), rowBytes);
    return result;
}

/// Writes a model as GGUF with its weights as they are stored, each tensor from one slot, and
/// `metadata` in place of the plan's.
inline bool writeOriginalGguf(const std::shared_ptr<const Model>& model, const std::string& path,
                              const std::vector<GgufEntry>& metadata)
{
    const GgufPlan plan = ggufPlan(*model);
    const OriginalWeights weights(model);
    std::vector<TensorToWrite> tensors;
    for (const GgufPlan::Tensor& tensor : plan.tensors) {
        const StoredTensor stored = model->tensorOf(model->graph.slot(tensor.slots.front()));
        tensors.push_back({tensor.name, stored.shape, stored.type, [&weights, tensor] {
                               return reordered(weights.slot(tensor.slots.front()),
                                                tensor.rowOrder);
                           }});
    }
    tensors.insert(tensors.end(), plan.extra.begin(), plan.extra.end());
    Progress progress;
    return writeGguf(path, metadata, tensors, progress);
}

} // namespace bitloom
