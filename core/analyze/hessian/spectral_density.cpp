// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/hessian/spectral_density.h"

#include "core/analyze/numerics/lanczos.h"
#include "core/analyze/numerics/lanczos_store.h"
#include "core/analyze/numerics/number_row.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace bitloom {

namespace {

/// As many vectors as take no more than the basis may.
int64_t vectorsHeld(const SymmetricOperator& matrix, const DensitySettings& settings)
{
    const auto vectorBytes = static_cast<int64_t>(matrix.dimension() * sizeof(double));
    return std::max(Lanczos::kFewest, settings.basisBytes / vectorBytes);
}

/// Eigenvalues of T with the squared first coordinates of its eigenvectors.
SpectralNodes quadrature(const Tridiagonal& tridiagonal)
{
    const Eigensystem system = eigensystem(tridiagonal);
    SpectralNodes nodes{system.values, {}};
    for (const Vector& vector : system.vectors)
        nodes.weights.push_back(vector.front() * vector.front());
    return nodes;
}

/// First the steps and the dimension, then values and weights of every start.
NumberRows rowsOfDensity(const SpectralDensity& density)
{
    NumberRows rows = {
        {static_cast<double>(density.steps), static_cast<double>(density.dimension)}};
    for (const SpectralNodes& start : density.starts)
        rows.insert(rows.end(), {rowFrom(start.values), rowFrom(start.weights)});
    return rows;
}

SpectralDensity densityFrom(const NumberRows& rows)
{
    SpectralDensity density;
    density.steps = static_cast<int64_t>(rows.at(0).at(0));
    density.dimension = static_cast<int64_t>(rows.at(0).at(1));
    for (size_t i = 1; i + 1 < rows.size(); i += 2)
        density.starts.push_back({vectorFrom(rows[i]), vectorFrom(rows[i + 1])});
    return density;
}

/// Keeps the finished starts, unless another program has as many.
void storeStarts(const SpectralDensity& density, const DensitySettings& settings)
{
    if (storedDensity(settings).starts.size() < density.starts.size())
        NumberStore(settings.entry).keep(rowsOfDensity(density));
}

/// Beginnings of names in an entry: of the files of all starts, and of one.
constexpr const char* kOpen = "start-";
std::string nameOf(int64_t start)
{
    return kOpen + std::to_string(start);
}

/// Lanczos of a start from where it was left, else from its random vector.
Lanczos begun(const SymmetricOperator& matrix, const DensitySettings& settings, int64_t start,
              LanczosStore& stored)
{
    const auto number = static_cast<uint64_t>(start);
    const uint64_t seed = settings.seed + number + 1;
    const int64_t held = vectorsHeld(matrix, settings);
    if (auto state = stored.load(matrix.dimension()))
        return {matrix, std::move(*state), seed, held};
    return {matrix, randomSigns(matrix.dimension(), settings.seed, number), seed, held};
}

double shareOf(int64_t done, int64_t all)
{
    return static_cast<double>(done) / static_cast<double>(all);
}

/// Makes so many steps. False: stopped, and kept as far as it got. `before`: products of others.
bool makeSteps(Lanczos& lanczos, int64_t steps, int64_t before, LanczosStore& stored,
               Progress& progress)
{
    while (lanczos.steps() < steps && lanczos.step(progress)) {
        progress.report(shareOf(lanczos.steps(), steps),
                        "product " + std::to_string(before + lanczos.steps()));
        if (lanczos.steps() < steps)
            stored.storeWhenDue(lanczos.state());
    }
    if (lanczos.steps() < steps)
        stored.keep(lanczos.state());
    return lanczos.steps() == steps;
}

/// Mean over starts of Σ weight · of(value).
template <typename Function>
double meanOver(const std::vector<SpectralNodes>& starts, const Function& of)
{
    double sum = 0;
    for (const SpectralNodes& nodes : starts)
        for (size_t i = 0; i < nodes.values.size(); ++i)
            sum += nodes.weights[i] * of(nodes.values[i]);
    return sum / static_cast<double>(starts.size());
}

SpectralDensity::Curve curveOf(const std::vector<SpectralNodes>& starts,
                               std::pair<double, double> range, double deviation, size_t points)
{
    const double step = (range.second - range.first) / static_cast<double>(points - 1);
    const double variance = deviation * deviation;
    SpectralDensity::Curve curve;
    double sum = 0;
    for (size_t i = 0; i < points; ++i) {
        const double at = range.first + step * static_cast<double>(i);
        curve.values.push_back(at);
        curve.density.push_back(meanOver(starts, [&](double value) {
            return std::exp(-(at - value) * (at - value) / (2 * variance));
        }));
        sum += curve.density.back();
    }
    scale(curve.density, 1 / (sum * step));
    return curve;
}

/// Starts find the same eigenvalue within so much of it.
constexpr double kAlike = 1e-6;

/// Directions with |eigenvalues| of at least `least`; the mean over starts and its error.
Estimate countAbove(const SpectralDensity& density, double least)
{
    std::vector<double> counts;
    for (const SpectralNodes& start : density.starts) {
        double weight = 0;
        for (size_t i = 0; i < start.values.size(); ++i)
            weight += std::abs(start.values[i]) >= least ? start.weights[i] : 0;
        counts.push_back(weight * static_cast<double>(density.dimension));
    }
    return meanOf(counts);
}

} // namespace

double SpectralDensity::moment(int power) const
{
    return meanOver(starts, [power](double value) { return std::pow(value, power); });
}

double SpectralDensity::lowest() const
{
    double value = starts.front().values.front();
    for (const SpectralNodes& nodes : starts)
        value = std::min(value, nodes.values.front());
    return value;
}

double SpectralDensity::highest() const
{
    double value = starts.front().values.back();
    for (const SpectralNodes& nodes : starts)
        value = std::max(value, nodes.values.back());
    return value;
}

SpectralDensity::Curve SpectralDensity::curve(size_t points) const
{
    constexpr double kMargin = 0.01;
    const double deviation = std::sqrt(1e-5 * std::max(1.0, highest() - lowest()));
    return curveOf(starts, {lowest() - kMargin, highest() + kMargin}, deviation, points);
}

SpectralDensity::Curve SpectralDensity::widened(double deviation, size_t points) const
{
    const double margin = 3 * deviation;
    return curveOf(starts, {lowest() - margin, highest() + margin}, deviation, points);
}

CurvatureShare directionsCarrying(const SpectralDensity& density, double share)
{
    std::vector<std::pair<double, double>> nodes; // eigenvalue and weight
    double total = 0;
    double negative = 0;
    for (const SpectralNodes& start : density.starts)
        for (size_t i = 0; i < start.values.size(); ++i) {
            nodes.emplace_back(start.values[i], start.weights[i]);
            total += std::abs(start.values[i]) * start.weights[i];
            negative += std::max(0.0, -start.values[i]) * start.weights[i];
        }
    std::ranges::sort(nodes, std::ranges::greater(),
                      [](const auto& node) { return std::abs(node.first); });
    CurvatureShare result;
    double carried = 0;
    size_t taken = 0;
    while (taken < nodes.size() && (taken == 0 || carried < share * total)) {
        carried += std::abs(nodes[taken].first) * nodes[taken].second;
        ++taken;
    }
    result.smallest = std::abs(nodes[taken - 1].first);
    result.negative = total > 0 ? negative / total : 0;
    const double least = result.smallest * (1 - kAlike);
    for (; taken < nodes.size(); ++taken)
        if (std::abs(nodes[taken].first) < least) {
            result.restLow = std::min(result.restLow, nodes[taken].first);
            result.restHigh = std::max(result.restHigh, nodes[taken].first);
        }
    result.directions = countAbove(density, least);
    return result;
}

SpectralDensity storedDensity(const DensitySettings& settings)
{
    const std::optional<NumberRows> rows = NumberStore(settings.entry).load();
    SpectralDensity density = rows ? densityFrom(*rows) : SpectralDensity();
    density.complete = std::ssize(density.starts) >= settings.starts;
    if (density.complete)
        settings.entry.removeAll(kOpen); // another program may have left one open
    return density;
}

SpectralDensity spectralDensity(const SymmetricOperator& matrix, const DensitySettings& settings,
                                Progress& progress)
{
    SpectralDensity result = storedDensity(settings);
    result.dimension = static_cast<int64_t>(matrix.dimension());
    const int64_t steps = std::min(settings.steps, result.dimension);
    for (int64_t start = std::ssize(result.starts); start < settings.starts; ++start) {
        LanczosStore stored(settings.entry, nameOf(start), settings.storingShare);
        Lanczos lanczos = begun(matrix, settings, start, stored);
        ProgressSpan span(progress, shareOf(start, settings.starts),
                          shareOf(start + 1, settings.starts));
        const bool whole = makeSteps(lanczos, steps, start * steps, stored, span);
        if (whole || (start == 0 && lanczos.steps() > 0)) {
            result.starts.push_back(quadrature(lanczos.tridiagonal()));
            result.steps = lanczos.steps();
        }
        result.complete = whole && start + 1 == settings.starts;
        if (!whole)
            break;
        storeStarts(result, settings);
        stored.remove();
    }
    return result;
}

} // namespace bitloom
