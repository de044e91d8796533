// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/eigenvalues.h"

#include "core/analyze/numerics/finite_figures.h"
#include "core/analyze/numerics/lanczos.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace bitloom {

namespace {

/// So many that a restart gains something.
constexpr int64_t kFewestVectors = 8;

/// Lanczos from the pair's vector, until it converges or its basis is as large as it may be. False:
/// no step could be made.
bool improve(Eigenpair& pair, const SymmetricOperator& matrix, const EigenvalueSettings& settings,
             Progress& progress)
{
    const auto vectorBytes = static_cast<int64_t>(matrix.dimension() * sizeof(double));
    const int64_t fit = std::max(kFewestVectors, settings.basisBytes / vectorBytes);
    const int64_t steps = std::min(fit, settings.atMost - pair.products);
    Lanczos lanczos(matrix, std::move(pair.vector), settings.seed);
    Vector coordinates;
    while (lanczos.steps() < steps && !pair.converged && lanczos.step(progress)) {
        const Eigensystem system = eigensystem(lanczos.tridiagonal());
        pair.value = system.values.back();
        coordinates = system.vectors.back();
        const double residual = lanczos.remainder() * std::abs(coordinates.back());
        pair.converged = residual <= settings.relativeError * std::abs(pair.value);
        ++pair.products;
        progress.report(static_cast<double>(pair.products) / static_cast<double>(settings.atMost),
                        "product " + std::to_string(pair.products));
    }
    pair.vector = coordinates.empty() ? Vector() : lanczos.inFullSpace(coordinates);
    return !coordinates.empty() && lanczos.steps() == steps;
}

double averageOf(const Vector& values)
{
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

} // namespace

Eigenpair largestEigenvalue(const SymmetricOperator& matrix, const EigenvalueSettings& settings,
                            Progress& progress)
{
    Eigenpair pair;
    pair.vector = randomDirection(matrix.dimension(), settings.seed, 0);
    while (pair.products < settings.atMost && !pair.converged &&
           improve(pair, matrix, settings, progress))
        ;
    if (pair.products == 0)
        pair.vector.clear();
    return pair;
}

double deviation(const Vector& values)
{
    double squares = 0;
    for (const double value : values)
        squares += std::pow(value - averageOf(values), 2);
    return values.empty() ? 0 : std::sqrt(squares / static_cast<double>(values.size()));
}

double meanPlusDeviation(const Vector& eigenvalues)
{
    return std::abs(averageOf(eigenvalues)) + deviation(eigenvalues);
}

} // namespace bitloom
