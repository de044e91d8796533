// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bitloom {

/// How the numbers that flow between steps are quantized while the network runs: a row (one
/// position's vector), or each stretch of `group` of its columns, gets a scale of its own from its
/// own extremes, with nothing calibrated (dynamic quantization; token-wise in ZeroQuant, Yao et al.
/// 2022). Stateless and thread safe.
///
/// Symmetric, with top = highestCode() and m = max |x|:
///     code = roundEven(x · (top / m)), within ±top;   x̂ = code · (m / top)
/// Asymmetric, with top = highestCode() and r the width of the range of x and 0, from `low` on:
///     zero = roundEven(−low · (top / r))
///     code = roundEven(x · (top / r)) + zero, within [0, top];   x̂ = (code − zero) · (r / top)
/// Zero stays zero. A stretch of numbers below 1e-35 stays as it is; NaN and infinity make NaN.
struct ActivationScheme {
    std::string_view id; ///< `int8-token-sym`
    std::string_view description;
    int bits = 0;
    bool symmetric = true;
    int64_t group = 0; ///< columns that share a scale; 0: the whole row

    int highestCode() const { return (1 << (symmetric ? bits - 1 : bits)) - 1; }
    /// Quantizes one row in place, to the floats that its codes stand for.
    void fakeQuantize(std::span<float> row) const;
};

/// Every activation scheme, in the order in which menus and --help show them.
const std::vector<ActivationScheme>& activationSchemes();
/// Nullptr: there is none of that id.
const ActivationScheme* findActivationScheme(std::string_view id);
/// As findActivationScheme, but an unknown id is an Error naming the known ones.
const ActivationScheme& activationSchemeNamed(std::string_view id);

} // namespace bitloom
