// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/passes/curvature_objective.h"
#include "core/analyze/text/text.h"
#include "core/network/model/model.h"
#include "core/network/torch/torch_forward.h"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace bitloom {

using Tensors = std::vector<torch::Tensor>;

/// Weights of all slots, in one dtype.
class SlotWeights : public TorchWeights {
public:
    /// The model's own. `resident`: decoded once and kept; else each time they are asked for.
    SlotWeights(std::shared_ptr<const Model> model, bool inDouble, bool resident);

    torch::Tensor weight(int slot) override { return held(slot); }
    Tensors at(const std::vector<int>& slots) const;
    /// Weights in the same memory, with leaves to differentiate by at `slots`, moved by `steps`
    /// where these are given.
    SlotWeights withLeaves(const std::vector<int>& slots, const Tensors& steps = {}) const;

private:
    torch::Tensor held(int slot) const;
    torch::Tensor decoded(int slot) const;

    std::shared_ptr<const Model> m_model;
    torch::Dtype m_type;
    Tensors m_weights; ///< undefined: decoded when asked for
};

/// What is differentiated, and by which slots.
struct Differentiation {
    const Graph& graph;
    CurvatureLoss loss;
    const SlotWeights& weights;
    const std::vector<int>& slots;

    /// The gradient of the loss of windows that are alike (scoredOutput) where the weights are
    /// moved; the reference of KullbackLeibler is that of the weights as they are. Undefined
    /// tensors: zero.
    Tensors gradient(std::span<const Window> windows, const Tensors& steps) const;
};

/// The loss of windows that are alike, ready to be differentiated twice.
class GradientGraph {
public:
    virtual ~GradientGraph() = default;
    /// The Hessian over some of the slots times a direction in them; undefined tensors: zero.
    /// `keep` false: the last product that can be had.
    virtual Tensors product(const std::vector<int>& some, const Tensors& direction, bool keep) = 0;
};

/// Cross-entropy: the gradient's own derivative. KullbackLeibler: Jᵀ(Hz(Jv)), J the logits by the
/// weights and Hz the loss by the logits (the Gauss–Newton form, Schraudolph 2002). The rest of the
/// Hessian is the logits' second derivative times a gradient that is zero there, and takes as long.
std::unique_ptr<GradientGraph> makeGradientGraph(const Differentiation& what,
                                                 std::span<const Window> windows);

/// About what such a graph holds, in bytes.
int64_t graphBytes(const Graph& graph, const std::vector<int>& slots,
                   std::span<const Window> windows, bool inDouble);

} // namespace bitloom
