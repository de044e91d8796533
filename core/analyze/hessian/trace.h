// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/symmetric_operator.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace bitloom {

/// Mean of independent samples, and how sure it is.
struct SampleMean {
    double mean = 0;
    double standardError = 0; ///< standard deviation of the samples / √samples; 0 below two
    int64_t samples = 0;

    /// standardError / |mean|; infinite where the mean is 0.
    double relativeError() const;
};

struct TraceSettings {
    int64_t atLeast = 20; ///< samples, so that none stops by luck
    int64_t atMost = 200;
    double relativeError = 0.05; ///< enough once it is below
    bool everySlice = false;     ///< below for each slice, not only for the whole
    uint64_t seed = 1;
};

/// tr(A), and tr of every diagonal block.
struct TraceEstimate {
    SampleMean whole;
    std::vector<SampleMean> slices;
    bool converged = false; ///< false: stopped, or at most samples before the errors were small
};

/// Hutchinson 1990: the mean of vᵀAv over vectors v of random signs. One product serves all blocks:
/// v_lᵀ(Av)_l is an unbiased sample of tr(A_ll), as signs of different blocks are independent
/// (HAWQ-V2, Dong et al. 2020). `onSample` (may be empty) sees the running result. Stopped: the
/// samples so far.
TraceEstimate estimateTrace(const SymmetricOperator& matrix, const TraceSettings& settings,
                            Progress& progress,
                            const std::function<void(const TraceEstimate&)>& onSample = {});

} // namespace bitloom
