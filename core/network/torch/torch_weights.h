// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/network/engine/engine.h"
#include "core/network/torch/torch_forward.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace bitloom {

/// Weights decoded from what a WeightSource stores.
class StoredTorchWeights : public TorchWeights {
public:
    explicit StoredTorchWeights(std::vector<const ActivationScheme*> activationScheme)
        : m_activationSchemes(std::move(activationScheme))
    {
    }
    /// Memory held between passes.
    virtual int64_t bytes() const = 0;
    const ActivationScheme* activationScheme(int value) const override
    {
        return m_activationSchemes[static_cast<size_t>(value)];
    }
    std::string_view storedAs(int slot) const override
    {
        return m_schemes[static_cast<size_t>(slot)];
    }

protected:
    /// Notes how the next slot is stored; one that the network does not use is empty.
    void addStored(const PackedTensor& packed)
    {
        m_schemes.push_back(packed.scheme ? packed.scheme->id() : std::string_view());
    }

private:
    std::vector<std::string_view> m_schemes;                  ///< by slot
    std::vector<const ActivationScheme*> m_activationSchemes; ///< by value
};

/// Decoded once and held as floats while they stay below `residentBytes`; otherwise kept as stored
/// and decoded a stretch of rows at a time, when a step asks for them.
std::unique_ptr<StoredTorchWeights> makeTorchWeights(const Graph& graph, const WeightSource& source,
                                                     int64_t residentBytes);

/// Rows [first, first + count) as a float tensor.
torch::Tensor decodeToTorch(const PackedTensor& packed, int64_t first, int64_t count);

} // namespace bitloom
