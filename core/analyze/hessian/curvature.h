// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/symmetric_operator.h"
#include "core/analyze/passes/curvature_objective.h"
#include "core/analyze/passes/segment_limits.h"
#include "core/analyze/text/text.h"
#include "core/network/model/model.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace bitloom {

struct CurvatureSettings {
    CurvatureLoss loss = CurvatureLoss::KullbackLeibler;
    bool inDouble = false; ///< else single precision
    int threads = 0;       ///< 0: all cores; windows run beside each other
    /// Windows whose differentiated graphs are held between products, as far as they fit (about);
    /// the others are run again for each product.
    int64_t cacheBytes = int64_t{4} << 30;
    /// A graph that holds more (about) is differentiated one block of the network at a time.
    int64_t wholeBytes = int64_t{1} << 30;
    /// Where all weights take more, only a block's are held at a time, and so are random signs and
    /// what a product makes of its vectors.
    int64_t residentBytes = SegmentLimits{}.weights;
};

/// The second derivatives of a network's loss by its weights, in nats per prediction (an embedding:
/// 1 − cosine) per unit weight squared: comparable to Fisher. Products by differentiating the
/// gradient again (Pearlmutter 1994). The same numbers for any thread count and
/// whatever is kept, to rounding where only a block is held at a time. One product at a time.
class NetworkCurvature {
public:
    /// `slots`: those that may vary; empty: all that can be quantized. Error when the network
    /// cannot run, a window has nothing to predict, or the loss needs labels that it has not.
    NetworkCurvature(std::shared_ptr<const Model> model, std::vector<Window> windows,
                     const CurvatureSettings& settings, std::vector<int> slots = {});
    ~NetworkCurvature();
    NetworkCurvature(const NetworkCurvature&) = delete;
    NetworkCurvature& operator=(const NetworkCurvature&) = delete;

    const std::vector<int>& slots() const;
    int64_t predictions() const;
    /// The Hessian over some of the slots, the others held fixed: a slice for each, in their order,
    /// weights row by row. Valid while this lives.
    SymmetricOperator hessian(const std::vector<int>& some) const;
    SymmetricOperator hessian() const { return hessian(slots()); }
    /// The gradient over all slots() where the weights are moved by `displacement`; the reference
    /// of KullbackLeibler stays where it was. Empty: stopped.
    Vector gradient(const Vector& displacement, Progress& progress) const;

private:
    struct Network;
    std::unique_ptr<Network> m_network;
};

} // namespace bitloom
