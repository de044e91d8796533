// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/estimate.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace bitloom {

/// What a candidate loses on each of the examples [from, to). Fewer: stopped.
using MeasureCandidate =
    std::function<std::vector<BlockSum>(size_t candidate, size_t from, size_t to)>;

struct HalvingResult {
    size_t winner = 0;    ///< loses least over all examples
    Estimate saved;       ///< what candidate 0 loses more than the winner, paired
    bool complete = true; ///< false: stopped; nobody has beaten candidate 0
};

/// Successive halving (Jamieson and Talwalkar 2016): all candidates on few examples, the better
/// half on twice as many, and so on, until the last ones have seen all. Candidate 0 runs to the
/// end.
HalvingResult halveSuccessively(size_t candidates, size_t examples,
                                const MeasureCandidate& measure);

} // namespace bitloom
