// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/hessian/trace.h"

#include "core/analyze/numerics/finite_figures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace bitloom {

namespace {

/// Running mean and squared deviations (Welford 1962).
class Samples {
public:
    void add(double value)
    {
        ++m_count;
        const double before = value - m_mean;
        m_mean += before / static_cast<double>(m_count);
        m_squares += before * (value - m_mean);
    }
    SampleMean estimate() const
    {
        const auto count = static_cast<double>(m_count);
        return {m_mean, m_count < 2 ? 0 : std::sqrt(m_squares / (count - 1) / count), m_count};
    }

private:
    int64_t m_count = 0;
    double m_mean = 0;
    double m_squares = 0;
};

class TraceSamples {
public:
    explicit TraceSamples(size_t slices)
        : m_slices(slices)
    {
    }
    void add(const Vector& forms)
    {
        for (size_t slice = 0; slice < forms.size(); ++slice)
            m_slices[slice].add(forms[slice]);
        m_whole.add(std::accumulate(forms.begin(), forms.end(), 0.0));
    }
    TraceEstimate estimate() const
    {
        TraceEstimate result;
        result.whole = m_whole.estimate();
        for (const Samples& slice : m_slices)
            result.slices.push_back(slice.estimate());
        return result;
    }

private:
    Samples m_whole;
    std::vector<Samples> m_slices;
};

/// The error that decides when it is enough.
double largestError(const TraceEstimate& estimate, const TraceSettings& settings)
{
    double error = estimate.whole.relativeError();
    if (settings.everySlice)
        for (const SampleMean& slice : estimate.slices)
            error = std::max(error, slice.relativeError());
    return error;
}

/// Errors shrink with the root of the number of samples.
double shareDone(double error, int64_t samples, const TraceSettings& settings)
{
    const double done = static_cast<double>(samples);
    const double byError = std::min(1.0, std::pow(settings.relativeError / error, 2));
    return std::max(done / static_cast<double>(settings.atMost),
                    std::min(byError, done / static_cast<double>(settings.atLeast)));
}

} // namespace

double SampleMean::relativeError() const
{
    return mean == 0 ? std::numeric_limits<double>::infinity() : standardError / std::abs(mean);
}

TraceEstimate estimateTrace(const SymmetricOperator& matrix, const TraceSettings& settings,
                            Progress& progress,
                            const std::function<void(const TraceEstimate&)>& onSample)
{
    TraceSamples samples(matrix.slices.size());
    TraceEstimate result = samples.estimate();
    double done = 0; // never less than before, though an error may grow again
    for (int64_t n = 1; n <= settings.atMost && !result.converged; ++n) {
        const Vector forms = signForms(matrix, settings.seed, static_cast<uint64_t>(n), progress);
        if (forms.empty())
            break;
        requireFinite("a product with the Hessian", forms, "curvature");
        samples.add(forms);
        result = samples.estimate();
        const double error = largestError(result, settings);
        result.converged = n >= settings.atLeast && error < settings.relativeError;
        done = std::max(done, shareDone(error, n, settings));
        progress.report(done, "sample " + std::to_string(n));
        if (onSample)
            onSample(result);
    }
    return result;
}

} // namespace bitloom
