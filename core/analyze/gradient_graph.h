// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/curvature.h"
#include "core/network/engine.h"
#include "core/network/torch_forward.h"

#include <utility>
#include <vector>

namespace bitloom {

using Tensors = std::vector<torch::Tensor>;

/// Weights of all slots, in one dtype.
class SlotWeights : public TorchWeights {
public:
    explicit SlotWeights(Tensors weights)
        : m_weights(std::move(weights))
    {
    }
    static SlotWeights decoded(const Graph& graph, const WeightSource& source, bool inDouble);

    torch::Tensor weight(int slot) override { return m_weights[static_cast<size_t>(slot)]; }
    Tensors at(const std::vector<int>& slots) const;
    /// The same memory, with leaves to differentiate by at `slots`; moved where steps are given.
    SlotWeights withLeaves(const std::vector<int>& slots, const Tensors& steps = {}) const;

private:
    Tensors m_weights;
};

/// What is differentiated, and by which slots.
struct Differentiation {
    const Graph& graph;
    CurvatureLoss loss;
    const SlotWeights& weights;
    const std::vector<int>& slots;

    /// The gradient of a window's loss where the weights are moved; the reference of
    /// KullbackLeibler is that of the weights as they are. Undefined tensors: zero.
    Tensors gradient(const Window& window, const Tensors& steps) const;
};

/// The gradient of a window's loss, itself to be differentiated.
class GradientGraph {
public:
    GradientGraph(const Differentiation& what, const Window& window);
    /// Its derivative along a direction in some of the slots, by the same slots; undefined tensors:
    /// zero. `keep` false: the last product that can be had.
    Tensors product(const std::vector<int>& some, const Tensors& direction, bool keep) const;

private:
    SlotWeights m_leaves;
    Tensors m_gradients; ///< by slot of the graph; undefined where there is none
};

/// How many of the windows, from the first, can have their graphs held at a time.
size_t windowsThatFit(const Graph& graph, const std::vector<Window>& windows,
                      const std::vector<int>& slots, const CurvatureSettings& settings);

} // namespace bitloom
