// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/network/torch/torch_attention.h"
#include "core/network/torch/torch_forward.h"

#include <map>
#include <vector>

namespace bitloom {

/// One pass under way: the values computed so far, freed after their last use.
class TorchRun {
public:
    TorchRun(const TorchPass& pass, std::span<const int32_t> tokens);
    torch::Tensor run();

    torch::Tensor input(const Step& step, size_t i) const
    {
        return m_values[static_cast<size_t>(step.inputs[i])];
    }
    torch::Tensor embed(const Step& step) const;
    torch::Tensor embedPosition(const Step& step) const;
    torch::Tensor embedType(const Step& step) const;
    torch::Tensor rmsNorm(const Step& step) const;
    torch::Tensor layerNorm(const Step& step) const;
    torch::Tensor linear(const Step& step) const;
    torch::Tensor rope(const Step& step);
    torch::Tensor attention(const Step& step);
    torch::Tensor textAttention(const Step& step) const;
    torch::Tensor pooled(const Step& step, bool mean) const;
    torch::Tensor siluMultiply(const Step& step) const;
    torch::Tensor lstm(const Step& step) const;
    torch::Tensor add(const Step& step) const;

private:
    struct Turn {
        torch::Tensor cosine, sine; ///< [positions, 1, pairs]
    };

    static std::vector<int64_t> lengthsOf(const TorchPass& pass, int64_t tokens);
    torch::Tensor positions(torch::ScalarType type) const;
    void planLiveness();
    void store(int value, torch::Tensor tensor);
    torch::Tensor asQuantized(int value, const torch::Tensor& tensor) const;
    void narrowToLastRow();
    const Turn& turn(int table, const torch::TensorOptions& options);
    torch::Tensor remember(int state, const torch::Tensor& rows) const;
    torch::Tensor recall(int state, const torch::TensorOptions& options) const;
    void replace(int state, const torch::Tensor& row) const;

    const TorchPass& m_pass;
    std::vector<Step> m_steps;
    torch::Tensor m_tokens;
    std::vector<int64_t> m_lengths; ///< positions of each text
    int64_t m_start = 0;            ///< position of the first token
    int64_t m_count = 0;            ///< positions of all texts
    std::vector<torch::Tensor> m_values;
    std::vector<size_t> m_lastUse; ///< by value: the step after which it is not needed
    size_t m_lastPositionStep = 0; ///< after it rows no longer see each other
    std::map<int, Turn> m_turns;   ///< by table
    TorchCausalMasks m_masks;
};

using TorchRule = torch::Tensor (*)(TorchRun& run, const Step& step);
/// How an operation is computed. Error when there is no such rule.
TorchRule torchRule(std::string_view operation);

} // namespace bitloom
