// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace bitloom {

/// Whose second derivative is taken, summed over predictions:
///   KullbackLeibler  KL(p ‖ p(W)) to the network's own output p, exactly, over its whole
///                    distribution: no label is drawn. At the original weights its Hessian is the
///                    Fisher information, never negative. Of an embedding: 1 − cosine.
///   CrossEntropy     −log p(W) of the text's own next token; has negative curvature too. Only for
///                    networks that predict one.
enum class CurvatureLoss { KullbackLeibler, CrossEntropy };

} // namespace bitloom
