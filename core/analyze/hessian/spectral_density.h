// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/estimate.h"
#include "core/analyze/numerics/symmetric_operator.h"
#include "core/files/store/measurement_store.h"

#include <cstdint>

namespace bitloom {

struct DensitySettings {
    int64_t starts = 1;  ///< random vectors that are averaged over
    int64_t steps = 100; ///< of Lanczos; never more than the dimension
    /// Where Lanczos' basis is larger, vectors are made orthogonal to the last that fit only (two
    /// at least), so that eigenvalues may come as several copies that share their weight.
    int64_t basisBytes = int64_t{4} << 30;
    uint64_t seed = 1;
    /// The place kept for this very matrix and these settings: what was done before an interruption
    /// goes on there.
    MeasurementEntry entry = {};
    double storingShare = 0.1; ///< of the time, about, for keeping the start that is open
};

/// Eigenvalues with their shares of the spectrum: Gauss quadrature, not single eigenvalues.
struct SpectralNodes {
    Vector values;
    Vector weights; ///< Σ = 1
};

/// The density of eigenvalues: ∫ f(t) φ(t) dt ≈ tr f(A) / dimension.
struct SpectralDensity {
    std::vector<SpectralNodes> starts; ///< of each random vector that was finished
    int64_t steps = 0;                 ///< each took
    int64_t dimension = 0;
    bool complete = false; ///< false: stopped

    /// Σ over nodes of weight · value^power, the mean over starts.
    double moment(int power) const;
    double lowest() const;
    double highest() const;

    struct Curve {
        Vector values;  ///< an even grid over all nodes and 0.01 beyond
        Vector density; ///< ∫ = 1
    };
    /// Nodes widened to Gaussians of variance 1e-5 · max(1, highest − lowest), as PyHessian's.
    Curve curve(size_t points = 10000) const;
    /// Nodes widened to Gaussians of a standard deviation, over all nodes and three deviations
    /// beyond.
    Curve widened(double deviation, size_t points) const;
};

/// How much of the curvature few directions carry.
struct CurvatureShare {
    Estimate directions; ///< those with the largest |eigenvalues| that carry it; error over starts
    double smallest = 0; ///< |eigenvalue| of the least of them
    double restLow = 0;  ///< the eigenvalues of all others lie between these
    double restHigh = 0;
    double negative = 0; ///< Σ |eigenvalue| of those below zero, as a share of all
};
/// The fewest directions whose |eigenvalues| add up to `share` of those of all. From the nodes, so
/// an isolated eigenvalue counts as about one direction only in the mean over many starts; the
/// standard error is zero with one start, which tells nothing. Of at least one start.
CurvatureShare directionsCarrying(const SpectralDensity& density, double share);

/// Stochastic Lanczos quadrature (Lin, Saad, Yang 2016) from vectors of random
/// signs; as many steps as the dimension are exact for their start. Stopped: the starts that were
/// finished, or the one begun as far as it got. Of what settings.entry keeps, the same numbers: all
/// that was finished, and the open start up to the last step that was kept, which a stop does.
SpectralDensity spectralDensity(const SymmetricOperator& matrix, const DensitySettings& settings,
                                Progress& progress);
/// The starts that settings.entry keeps; complete: all.
SpectralDensity storedDensity(const DensitySettings& settings);

} // namespace bitloom
