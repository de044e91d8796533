// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bitloom {

/// How the numbers that flow between steps are rounded while the network runs: a row (one
/// position's vector), or each stretch of `group` of its columns, gets a scale of its own from its
/// own extremes, with nothing calibrated (dynamic quantization; token-wise in ZeroQuant, Yao et al.
/// 2022). Stateless and thread safe.
///
/// Symmetric, top = 2^(bits−1) − 1, m = max |x|:      code = roundEven(x · (top / m)) in ±top,
///                                                    x̂ = code · (m / top).
/// Asymmetric, steps = 2^bits − 1, [low, high] the range of x and 0:
///                                                    zero = roundEven(−low · (steps / (high −
///                                                    low))), code = roundEven(x · (steps / (high −
///                                                    low)))
///                                                           + zero in [0, steps],
///                                                    x̂ = (code − zero) · ((high − low) / steps).
/// Zero stays zero. A stretch of zeros stays as it is.
struct ActivationScheme {
    std::string_view id; ///< `int8-token-sym`
    std::string_view description;
    int bits = 0;
    bool symmetric = true;
    int64_t group = 0; ///< columns that share a scale; 0: the whole row

    /// Rounds one row in place.
    void round(std::span<float> row) const;
};

/// Every activation scheme, in the order in which menus and --help show them.
const std::vector<ActivationScheme>& activationSchemes();
/// Nullptr: there is none of that id.
const ActivationScheme* findActivationScheme(std::string_view id);
/// As findActivationScheme, but an unknown id is an Error naming the known ones.
const ActivationScheme& activationSchemeNamed(std::string_view id);

} // namespace bitloom
