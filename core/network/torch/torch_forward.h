// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/base/tensor.h"
#include "core/network/graph/graph.h"
#include "core/storage/activation_scheme.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <torch/torch.h>
#include <vector>

namespace bitloom {

/// Where a forward pass gets its weights from. The dtype of the weights is that of the whole pass
/// (float or double); weights that require a gradient make it differentiable.
class TorchWeights {
public:
    virtual ~TorchWeights() = default;
    /// The whole weight: [rows, columns], vectors [1, columns].
    virtual torch::Tensor weight(int slot) = 0;
    /// Rows `ids` of the weight.
    virtual torch::Tensor rows(int slot, const torch::Tensor& ids);
    /// input · weightᵀ.
    virtual torch::Tensor linear(int slot, const torch::Tensor& input);
    /// How a value that a step computes is quantized before anything sees it, the step itself too
    /// when it reads it at the next position (a hidden state); null: not at all.
    virtual const ActivationScheme* activationScheme(int /*value*/) const { return nullptr; }
    /// The id of the scheme that a weight was decoded from, for sentences; empty: nobody knows.
    virtual std::string_view storedAs(int /*slot*/) const { return {}; }
};

/// The states of one sequence: appended ones [capacity, width], of which the first `length` rows
/// count; replaced ones [1, width], which count once `length` is not 0.
struct TorchStates {
    std::vector<torch::Tensor> tensors;
    int64_t length = 0;
    int64_t capacity = 0;
};

/// Sees every value as it is computed, [positions, width] (the tokens: [positions, 1]), and may
/// return another one to go on with: a tap, fake quantization, a leaf to differentiate by.
using TorchHook = std::function<torch::Tensor(int value, torch::Tensor tensor)>;

struct TorchPass {
    const Graph& graph;
    const Program& program;
    TorchWeights& weights;
    TorchStates* states = nullptr; ///< nullptr: a text of its own, from position 0
    bool lastRowOnly = false;      ///< the output of the last position alone
    TorchHook hook = {};           ///< may be empty
    TorchHook hiddenHook = {};     ///< of hidden states too, each position before the next one
                                   ///< reads it: [texts, width]
    /// Positions of each text when there are several, one below the other; empty: one text. Of one
    /// length and without states, unless the graph reads whole texts.
    std::span<const int64_t> lengths = {};
    int given = -1;          ///< a value given in place of the tokens; -1: none
    torch::Tensor rows = {}; ///< the given value
};

/// Runs the program on `tokens` (none when a value is given) behind the states' rows; returns its
/// output, which may not be finite (see finiteForward). Appends to the states' tensors, whose
/// `length` the caller advances. Throws what torch throws.
torch::Tensor torchForward(const TorchPass& pass, std::span<const int32_t> tokens);

/// Threads for calls made by this thread. Where the BLAS underneath is OpenBLAS, it alone gets them
/// (nearly all the work is there): torch's own OpenMP threads spin while they wait, which made a
/// pass ten times slower on a busy machine.
void setTorchThreads(int threads);

/// Calls `work`, turning what torch throws into an Error of `operation`.
void withTorchErrors(const char* operation, const std::function<void()>& work);

/// A copy of floats [positions, width] with every row quantized; it cannot be differentiated.
torch::Tensor fakeQuantized(const torch::Tensor& rows, const ActivationScheme& scheme);

/// The numbers of a view, not copied: only to be read, while they last.
torch::Tensor asTensor(MatrixView view);

} // namespace bitloom
